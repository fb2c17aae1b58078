"""When a run records a snapshot: as often as its film asks for, as long as that costs next to nothing.

Decided: training copies its tensors and goes on; a thread makes a file of them. What both spend of the processor is held against
a share of what training spent of it.
Because: a disk that is busy then delays snapshots, never training; and where many share a machine, who trains less records less.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from explorer.runs.film import Film, next_due

HURRIED = 0.01  # of the processor time of a run at full speed that may go into snapshots
CALM = 0.1  # of the time, where some of it is left over
FREE = 0.1  # seconds of recording that need not be earned first
LONGEST = 1.0  # seconds between two looks that count as calm playing
PATIENCE = 20.0  # seconds after which a disk that was full is tried again
WAITING, WAITING_BYTES = 8, 32 << 20  # snapshots that may wait for the disk, and what they may take together
FEWEST = 8  # snapshots that there has to be room for: fewer are no film


class Recorder:
    """Records one run.

    Attributes:
        film: what was recorded; only the thread changes it, or whoever has waited for the thread.
        problem: why nothing is being recorded, in words; "" while all is well.
    """

    def __init__(self, run: Path) -> None:
        self.film = Film(run)
        self.problem = ""
        self._recorded = -1  # the step of the newest snapshot, if nothing was edited since
        self._due = 0
        self._earned = FREE  # seconds of the processor that recording may take
        self._copying, self._writing = 0.0, 0.0  # seconds of it that training and the thread have spent on it
        self._looked, self._looked_cpu = time.monotonic(), time.thread_time()
        self._blocked_until = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="film")
        self._waiting: list[Future[None]] = []
        self._size = 0  # bytes of a snapshot

    def steps_until_due(self, step: int) -> int | None:
        """Training steps that may be made before the next snapshot; None where it does not matter."""
        return max(self._due - step, 1) if self._affordable else None

    def look(self, session: Any, resting: bool = False, hurried: bool = True) -> None:
        """Record this moment if it is due and affordable, or if the run rests here and it is not recorded yet.

        Args:
            session: the run.
            resting: it does not train now.
            hurried: it trains as fast as it goes.
        """
        self._earn(resting, hurried)
        if session.step == self._recorded or time.monotonic() < self._blocked_until:
            return
        if resting or (session.step >= self._due and self._affordable):
            self._record(session)

    def edited(self) -> None:
        """Weights or settings were changed without a step: the newest snapshot shows something else."""
        self._recorded = -1

    def forget_after(self, step: int) -> None:
        """The run goes on from `step` and will be another."""
        self.wait()
        self.film.forget_after(step)
        self._recorded, self._due = -1, step + 1 if step >= 0 else 0

    def allow(self, allowed: int) -> None:
        """Let the film take this many bytes from now on. Raises RunError when that cannot be kept."""
        self.wait()
        self.film.bound(allowed)
        self._recorded = -1

    def wait(self) -> None:
        """Return when everything recorded so far is in its file."""
        for one in self._waiting:
            one.result()
        self._waiting = []

    def facts(self) -> dict[str, Any]:
        """For the head of a live frame: how much there is, how much there may be, and what is in the way."""
        return {"count": self.film.count, "bytes": self.film.bytes, "allowed": self.film.allowed, "problem": self.problem}

    @property
    def seconds(self) -> float:
        """Of the processor, that recording took so far."""
        return self._copying + self._writing

    @property
    def _affordable(self) -> bool:
        self._waiting = [one for one in self._waiting if not one.done()]
        most = min(WAITING, WAITING_BYTES // max(self._size, 1))
        return self.seconds <= self._earned and len(self._waiting) < max(most, 1)

    def _earn(self, resting: bool, hurried: bool) -> None:
        """Count what has passed since the last look: a share of it may go into recording."""
        now, cpu = time.monotonic(), time.thread_time()
        earned = HURRIED * (cpu - self._looked_cpu) if hurried else CALM * min(now - self._looked, LONGEST)
        self._earned += 0.0 if resting else earned
        self._looked, self._looked_cpu = now, cpu

    def _record(self, session: Any) -> None:
        began = time.thread_time()
        self._recorded, self._due = session.step, next_due(session.step)
        self._size = session.checkpoint_bytes
        if self._size * FEWEST > self.film.allowed:
            self.problem = (
                f"No snapshots are recorded: each takes about {self._size >> 20:,} MB, and there is room "
                f"for {self.film.allowed >> 20:,} MB. "
                "Give them more room."
            )
            return
        self._waiting.append(self._thread.submit(self._keep, session.step, *session.checkpoint()))
        self._copying += time.thread_time() - began

    def _keep(self, step: int, tensors: Any, meta: Any) -> None:
        """What the thread does with a snapshot."""
        began = time.thread_time()
        try:
            self.film.keep(step, tensors, meta)
            self.problem = ""
        except OSError as error:
            self._blocked_until = time.monotonic() + PATIENCE
            self._recorded = -1
            self.problem = f"No snapshots are recorded: {error.strerror}. Training goes on; free some space on the disk."
        self._writing += time.thread_time() - began
