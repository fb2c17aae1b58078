"""Looking processes that go wrong, without anything that takes time to import."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection


def dying(connection: Connection, order: str) -> None:
    """Ends as soon as it is asked."""
    connection.recv_bytes()
    os._exit(9)


def hanging(connection: Connection, order: str) -> None:
    """Never answers."""
    while True:
        connection.recv_bytes()
