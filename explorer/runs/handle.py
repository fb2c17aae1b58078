"""The supervisor's end of one worker: its process, its pipe, and the answers still to come."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as AnswerTimeout
from contextlib import suppress
from multiprocessing.context import BaseContext
from typing import Any

import explorer.errors
from explorer.errors import ExplorerError, RunError
from explorer.runs.messages import MAX_MESSAGE, REPORTS, MessageError, decode, encode
from explorer.runs.watchdog import Beat

MOST_PENDING = 64_000  # bytes of orders not answered yet
_starting = threading.Lock()  # multiprocessing's own bookkeeping of children is not for several threads


class WorkerGone(Exception):
    """The worker ended before it answered."""


class Handle:
    """One worker. `state`, `step` and the rest are what it last reported.

    Attributes:
        ready: resolved with the first report, or with the error that kept the worker from starting.
        verdict: why the supervisor ended it, in words; "" if it did not.
        leaving: it has acknowledged that it ends.
    """

    def __init__(self, run_id: str, state: str, step: int) -> None:
        self.id, self.state, self.step = run_id, state, step
        self.ready: Future[dict[str, Any]] = Future()
        self.ended = threading.Event()
        self.failure: tuple[str, str] | None = None
        self.verdict, self.leaving = "", False
        self.watchers, self.watched = 0, time.monotonic()
        self.pace: object = None  # what it was last told
        self.beat = Beat(heard=time.monotonic())
        self._pending: dict[int, tuple[Future[dict[str, Any]], int]] = {}
        self._lock = threading.Lock()
        self._number = 0

    def launch(self, context: BaseContext, target: Callable[..., None], order: str) -> None:
        """Start the process."""
        self._connection, theirs = multiprocessing.Pipe()
        with _starting, theirs:
            self._process = context.Process(target=target, args=(theirs, order), daemon=True, name=f"run-{self.id}")  # ty: ignore[missing-attribute]
            self._process.start()
        self.pid: int = self._process.pid

    def ask(self, timeout: float, **order: Any) -> dict[str, Any]:
        """Send an order and wait for the answer.

        Raises:
            WorkerGone: it ended before it answered; ExplorerError: it refused, or has not answered in time.
        """
        future: Future[dict[str, Any]] = Future()
        with self._lock:
            if self.ended.is_set() or self.leaving:
                raise WorkerGone
            self._number += 1
            data = encode({**order, "id": self._number})
            if len(data) > MAX_MESSAGE:
                raise RunError(f"This command is {len(data):,} bytes long; a run takes at most {MAX_MESSAGE:,}.")
            if self._pending and sum(size for _, size in self._pending.values()) + len(data) > MOST_PENDING:
                raise RunError("This run has not answered earlier commands yet. Wait a moment.")
            self._pending[self._number] = (future, len(data))
            self._send(data)
        try:
            return future.result(timeout)
        except AnswerTimeout:
            raise RunError(f"This run has not answered for {timeout:.0f} seconds; the computer may be busy. Try again.") from None

    def post(self, **order: Any) -> bool:
        """Send an order that is not answered. Whether it was sent: a busy pipe is left alone."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._send(encode(order))
        finally:
            self._lock.release()
        return True

    def _send(self, data: bytes) -> None:
        with suppress(OSError):  # the listener notices that the worker is gone
            self._connection.send_bytes(data)

    def reports(self) -> Iterator[dict[str, Any]]:
        """What the worker says, until it ends or says something unreadable."""
        while True:
            try:
                yield decode(self._connection.recv_bytes(MAX_MESSAGE), "report", REPORTS)
            except (EOFError, ConnectionError):
                return
            except (MessageError, OSError) as error:
                self.end(f"The training process sent something unreadable ({error}).")
                return

    def resolve(self, number: int, answer: dict[str, Any] | Exception) -> None:
        """Hand an answer to whoever waits for it."""
        with self._lock:
            future, _ = self._pending.pop(number, (None, 0))
        if future is not None:
            _settle(future, answer)

    def end(self, verdict: str) -> None:
        """End the process by force: SIGTERM, and SIGKILL two seconds later."""
        self.verdict = self.verdict or verdict
        with suppress(OSError, ValueError):  # already over
            self._process.terminate()
        timer = threading.Timer(2.0, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """End the process at once."""
        if not self.ended.is_set():
            with suppress(OSError, ValueError):  # already closed
                self._process.kill()

    def bury(self) -> int | None:
        """Wait for the process to be over and let go of everything. Returns its exit code."""
        deadline = time.monotonic() + 3
        while (code := self._exit_code()) is None:
            if time.monotonic() > deadline:
                self.kill()
            time.sleep(0.005)
        with self._lock:
            self.ended.set()
            pending, self._pending = self._pending, {}
            self._connection.close()
        for future, _ in pending.values():
            _settle(future, WorkerGone())
        self._process.close()
        return code

    def _exit_code(self) -> int | None:
        with _starting:
            return self._process.exitcode


def error_from(name: str, text: str) -> ExplorerError:
    """The error of `explorer.errors` with this name; anything else becomes a RunError."""
    kind = getattr(explorer.errors, name, None)
    is_ours = isinstance(kind, type) and issubclass(kind, ExplorerError)
    return kind(text) if is_ours else RunError(text)


def _settle(future: Future[dict[str, Any]], answer: dict[str, Any] | Exception) -> None:
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
