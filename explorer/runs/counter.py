"""Where the supervisor takes requests: one thread per client, JSON in, JSON out; nothing a client sends can end it."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError
from explorer.runs.messages import MAX_REQUEST, REQUESTS, MessageError, decode, encode

Answer = Callable[[dict[str, Any]], dict[str, Any]]
LONGEST_SOCKET = 100  # bytes of a path that a socket can have everywhere


def address_for(home: Path) -> str:
    """The one address of a data directory: the same every time, so that nothing is left over after a kill."""
    if sys.platform == "win32":
        return rf"\\.\pipe\neural-explorer-{_digest(home)}"
    address = home / "supervisor.sock"
    if len(os.fsencode(address)) <= LONGEST_SOCKET:
        return str(address)
    return str(Path(tempfile.gettempdir()) / f"neural-explorer-{_digest(home)}.sock")


class Counter:
    """Listens at `address` for clients that know `key`, and answers them.

    Attributes:
        heard: when the last request came, on the monotonic clock.
    """

    def __init__(self, address: str, key: bytes, answer: Answer) -> None:
        self.address, self.key = address, key
        self.heard = time.monotonic()
        self._answer = answer

    def open(self) -> None:
        """Begin to listen."""
        if sys.platform != "win32":
            Path(self.address).unlink(missing_ok=True)  # left by a supervisor that was killed; we hold its lock
        self._listener = Listener(self.address, backlog=128)
        if sys.platform != "win32":
            os.chmod(self.address, 0o600)
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        time.sleep(0.05)  # the answer to "shutdown" is on its way
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), name="client", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with connection, suppress(EOFError, OSError, multiprocessing.AuthenticationError):
            deliver_challenge(connection, self.key)
            answer_challenge(connection, self.key)
            while True:
                data = connection.recv_bytes(MAX_REQUEST)
                self.heard = time.monotonic()
                connection.send_bytes(self._reply(data))

    def _reply(self, data: bytes) -> bytes:
        try:
            return encode({"ok": True, **self._answer(decode(data, "request", REQUESTS))})
        except ExplorerError as error:
            return encode({"ok": False, "error": type(error).__name__, "text": str(error)})
        except MessageError as error:
            return encode({"ok": False, "error": "RunError", "text": f"This request cannot be read: {error}."})
        except Exception:
            traceback.print_exc()
            return encode({"ok": False, "error": "RunError", "text": "The supervisor of the runs met an error of its own; see its log."})


def _digest(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home.absolute())).hexdigest()[:16]
