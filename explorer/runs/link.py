"""A worker's end of the pipe to the supervisor, which is its life-line too."""

from __future__ import annotations

import os
import queue
import threading
from multiprocessing.connection import Connection
from typing import Any

from explorer.runs.messages import MAX_MESSAGE, ORDERS, MessageError, decode, encode

ORPHANED = 75  # exit code of a worker whose supervisor is gone


class Link:
    """Sends reports and queues orders. When the supervisor is gone this process ends at once, whatever it is doing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="life-line", daemon=True).start()

    def report(self, kind: str, **fields: Any) -> None:
        """Tell the supervisor."""
        try:
            with self._sending:
                self._connection.send_bytes(encode({"report": kind, **fields}))
        except OSError:
            os._exit(ORPHANED)

    def order(self, timeout: float) -> dict[str, Any] | None:
        """The next order, waiting at most `timeout` seconds for one."""
        try:
            return self._orders.get(timeout > 0, max(timeout, 0) or None)
        except queue.Empty:
            return None

    def _listen(self) -> None:
        while True:
            try:
                self._orders.put(decode(self._connection.recv_bytes(MAX_MESSAGE), "order", ORDERS))
            except (MessageError, EOFError, OSError):
                os._exit(ORPHANED)
