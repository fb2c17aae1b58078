"""When a run records a snapshot: as often as its film asks for, as long as that costs next to nothing.

Decided: training copies its tensors and goes on; a thread makes a file of them. What both spend is held against a share of the time.
Because: a disk that is busy then delays snapshots, never training.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from explorer.runs.film import Film, next_due

HURRIED, CALM = 0.02, 0.1  # of the time a run plays that may go into snapshots: at full speed, and where there is time left over
FREE = 0.1  # seconds of recording that need not be earned first
LONGEST = 1.0  # seconds between two looks that count as playing
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
        self._spent, self._earned = 0.0, FREE  # seconds
        self._looked = time.monotonic()
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
        self._earn(0.0 if resting else HURRIED if hurried else CALM)
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
    def _affordable(self) -> bool:
        self._waiting = [one for one in self._waiting if not one.done()]
        most = min(WAITING, WAITING_BYTES // max(self._size, 1))
        return self._spent <= self._earned and len(self._waiting) < max(most, 1)

    def _earn(self, share: float) -> None:
        """Count the time since the last look: a share of it may go into recording."""
        now = time.monotonic()
        self._earned += share * min(now - self._looked, LONGEST)
        self._looked = now

    def _record(self, session: Any) -> None:
        began = time.perf_counter()
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
        self._spent += time.perf_counter() - began

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
        self._spent += time.thread_time() - began
