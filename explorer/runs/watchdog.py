"""Whether a worker is stuck, what it ended of, and how much memory there is: judged from outside the worker."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import ExplorerError, is_memory_error

STUCK_SECONDS = 10.0  # of silence, and of processor time burnt in it
STARTING_SECONDS = 60.0  # the same for a worker that has not reported yet
LAUNCH_BYTES = 250 << 20  # free memory that any run needs


@dataclass
class Beat:
    """How long a worker has been silent, and what it did meanwhile.

    A busy computer makes a worker silent too, but then it burns no processor time: starving is not an error.
    """

    limit: float = STUCK_SECONDS
    heard: float = 0.0  # when, on a monotonic clock
    burnt: float | None = None  # processor seconds of the worker when its silence was first noticed

    def hear(self, now: float) -> None:
        """The worker reported."""
        self.heard, self.burnt = now, None

    def is_stuck(self, now: float, pid: int) -> bool:
        """Whether the worker is computing without getting anywhere. Cheap while it reports."""
        if now - self.heard < self.limit / 5:
            return False
        seconds = cpu_seconds(pid)
        if seconds is None:
            return False
        if self.burnt is None:
            self.burnt = seconds
        return now - self.heard > self.limit and seconds - self.burnt > 0.75 * self.limit


def cpu_seconds(pid: int) -> float | None:
    """Processor time a process has used; None where /proc is missing or the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_memory() -> int | None:
    """Bytes the system can still give to programs; None where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else None


def why_ended(exit_code: int | None, step: int) -> str:
    """What happened to a worker that ended without a word, in words. The run can go on from its last checkpoint."""
    if exit_code == -signal.SIGTERM or exit_code == 75:
        return f"the training process was ended from outside near step {step}"
    if exit_code == -9:
        return f"the computer stopped this run near step {step}, most often because memory ran out"
    if exit_code is not None and exit_code < 0:
        return f"the training process crashed ({_signal_name(-exit_code)}) near step {step}; nothing saved is lost"
    return f"the training process vanished near step {step} without a result (exit {exit_code})"


def words_of(error: BaseException, memory: str, other: str) -> dict[str, str]:
    """What a process tells of an exception: our own sentences as they are, anything else in general words.

    Args:
        memory: the words where memory ran out.
        other: the words for any other error, with a place for its name.
    """
    if isinstance(error, ExplorerError):
        return {"error": type(error).__name__, "text": str(error)[:1000]}
    if is_memory_error(error):
        return {"error": "BudgetError", "text": memory}
    return {"error": "RunError", "text": other.format(type(error).__name__)}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
