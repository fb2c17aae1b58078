"""A limit in seconds to a question, for whoever asks in a process of their own.

Decided: in the main thread an alarm of the system ends even a function that hangs; anywhere else time is looked at between two passes.
Because: a function that hangs cannot be ended from another thread, and another process could not be handed a function from a notebook.
Instead of: working in a thread that is left behind, which goes on using the computer. In the app each question has a process with a limit.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from explorer.errors import SpecError

AGAIN = 1.0  # seconds after which a function that swallowed the alarm hears it again


class OutOfTime(BaseException):
    """Raised in the midst of a question; no function that catches every Exception holds it up."""


@contextmanager
def within(seconds: float | None) -> Generator[Callable[[float], None]]:
    """End what the block does after so many seconds. Gives a function that is told of progress, and ends it, too.

    Raises:
        SpecError: time is out, or `seconds` is no time.
    """
    if seconds is not None and not seconds > 0:
        raise SpecError(f"seconds: a limit has to be more than 0 seconds (given: {seconds}). Leave it out to have none.")
    ends = None if seconds is None else time.monotonic() + seconds

    def see(_share: float = 0.0) -> None:
        if ends is not None and time.monotonic() > ends:
            raise OutOfTime

    try:
        with ExitStack() as stack:
            if seconds is not None and threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
                _alarm(stack, seconds)
            yield see
    except OutOfTime:
        raise SpecError(f"This was not finished in {seconds:g} seconds. Give it more, ask for less, or choose a cheaper method.") from None


def _alarm(stack: ExitStack, seconds: float) -> None:
    def ring(_number: int, _frame: Any) -> None:
        raise OutOfTime

    stack.callback(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, ring))
    stack.callback(signal.setitimer, signal.ITIMER_REAL, 0.0)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
