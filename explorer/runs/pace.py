"""How often a worker draws, saves and steps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

SHARE = 0.02  # of the processor time of a worker that may go into frames while it trains
MOST_DEBT = 0.1  # seconds
SLOWEST = 0.4  # seconds between two frames of a watched run, whatever they cost
UNWATCHED = 1.0  # seconds between two frames nobody waits for
YOUNG = 3.0  # seconds in which a worker draws as if watched: whoever started it is about to look
HANDFUL = 0.015  # seconds between two helpings of steps, so that a brisk speed does not mean a busy process
MOST_OWED = 0.25  # seconds of steps, or of rest, that are made up for after a delay
LONGEST_REST = 0.25  # seconds


class Pace:
    """When the next frame and the next checkpoint are due; the supervisor says how often is worth it."""

    def __init__(self) -> None:
        self.watchers, self._watched_interval, self._save_interval, self.share = 0, 0.05, 2.0, 1.0
        self._rested = self._cpu = 0.0  # when it has rested enough; processor time it had used when that was worked out
        self._shot = self._shot_cpu = self._debt = 0.0  # the debt is processor time of frames that training has not outweighed yet
        self._born = time.monotonic()
        self._saved = time.monotonic() - 1.5  # the first checkpoint comes soon: then a young run can be resumed too

    def follow(self, watchers: int, rate: float, save: float, share: float) -> None:
        """Take over how many watch, frames per second, seconds between checkpoints, and the share of a core to use."""
        self.watchers, self._save_interval, self.share = watchers, save, share
        self._watched_interval = 1 / max(rate, 0.1)

    @property
    def _interval(self) -> float:
        """Seconds between two frames."""
        is_young = time.monotonic() < self._born + YOUNG
        return self._watched_interval if self.watchers or is_young else UNWATCHED

    def frame_due(self, hurried: bool) -> bool:
        """Whether to draw now; while training is hurried, drawing may not take more than its share from it."""
        since = time.monotonic() - self._shot
        if since < self._interval:
            return False
        return not hurried or since >= SLOWEST or SHARE * (time.thread_time() - self._shot_cpu) >= self._debt

    def worked(self) -> None:
        """Count the processor time used since the last call: it is to be rested from when cores are shared."""
        now, cpu = time.monotonic(), time.thread_time()
        spent, self._cpu = cpu - self._cpu, cpu
        if self.share < 1:
            self._rested = min(max(self._rested, now - MOST_OWED) + spent / self.share, now + LONGEST_REST)

    def rest(self) -> float:
        """Seconds to stay idle, so that this worker uses no more than its share of a core; 0 when it may train."""
        return max(self._rested - time.monotonic(), 0.0) if self.share < 1 else 0.0

    def until_frame(self) -> float:
        """Seconds until a frame may be due; not positive when it is only waiting for its share."""
        return self._shot + self._interval - time.monotonic()

    @contextmanager
    def shooting(self) -> Iterator[None]:
        """Measure what a frame costs."""
        began = time.thread_time()
        self._debt = max(self._debt - SHARE * (began - self._shot_cpu), 0.0)
        yield
        self._shot, self._shot_cpu = time.monotonic(), time.thread_time()
        self._debt = min(self._debt + self._shot_cpu - began, MOST_DEBT)

    def save_due(self) -> bool:
        return time.monotonic() - self._saved >= self._save_interval

    def saved(self) -> None:
        """A checkpoint has just been begun."""
        self._saved = time.monotonic()


class Speedometer:
    """Steps per second: as they are, and as they are wanted.

    Args:
        speed: steps wanted per second; 0: as fast as it goes.
    """

    def __init__(self, speed: float = 0.0) -> None:
        self.speed = float(speed)
        self.rate = 0.0  # measured
        self.restart()

    def restart(self) -> None:
        """Forget the time that has passed: the run was paused."""
        self._due = self._window = self._last = time.monotonic()
        self._count = 0

    def wait(self) -> float:
        """Seconds until steps are wanted: the next one, or a handful where they follow closely."""
        return max(self._due, self._last + HANDFUL, time.monotonic()) - time.monotonic() if self.speed else 0.0

    def owed(self) -> int | None:
        """Steps wanted by now; None for as many as it goes."""
        if not self.speed:
            return None
        now = time.monotonic()
        self._due = max(self._due, now - MOST_OWED)
        if now < self._due:
            return 0
        return 1 + int((now - self._due) * self.speed)

    def made(self, steps: int) -> None:
        """Note that steps were made."""
        self._last = now = time.monotonic()
        self._due += steps / self.speed if self.speed else now - self._due
        self._count += steps
        if now - self._window >= 0.5:
            self.rate = round(self._count / (now - self._window), 1)
            self._window, self._count = now, 0
