"""When a run records a snapshot: as often as its film asks for, as long as that costs next to nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from explorer.runs.film import Film, next_due

SHARE = 0.02  # of the time spent training that may go into snapshots
FREE = 0.05  # seconds of recording that need not be earned first
PATIENCE = 20.0  # seconds after which a disk that was full is tried again
ALLOWED = 64 << 20  # bytes of snapshots, unless somebody asks for more


class Recorder:
    """Records one run.

    Attributes:
        film: what was recorded.
        problem: why nothing is being recorded, in words; "" while all is well.
    """

    def __init__(self, run: Path, allowed: int = ALLOWED) -> None:
        self.film = Film(run, allowed)
        self.problem = ""
        self._recorded = -1  # the step of the newest snapshot, if nothing was edited since
        self._due = 0
        self._spent = self._trained = 0.0  # seconds
        self._blocked_until = 0.0

    def steps_until_due(self, step: int) -> int | None:
        """Training steps that may be made before the next snapshot; None where it does not matter."""
        return max(self._due - step, 1) if self._affordable else None

    def trained(self, seconds: float) -> None:
        """Count time that went into training: a share of it may go into recording."""
        self._trained += seconds

    def look(self, session: Any, resting: bool = False) -> None:
        """Record this moment if it is due and affordable, or if the run rests here and it is not recorded yet."""
        if session.step == self._recorded or time.monotonic() < self._blocked_until:
            return
        if resting or (session.step >= self._due and self._affordable):
            self._record(session)

    def edited(self) -> None:
        """Weights or settings were changed without a step: the newest snapshot shows something else."""
        self._recorded = -1

    def forget_after(self, step: int) -> None:
        """The run goes on from `step` and will be another."""
        self.film.forget_after(step)
        self._recorded, self._due = -1, step + 1 if step >= 0 else 0

    def allow(self, allowed: int) -> None:
        """Let the film take this many bytes from now on."""
        self.film.allowed = allowed
        self.film.fit()

    def facts(self) -> dict[str, Any]:
        """For the head of a live frame: how much there is, how much there may be, and what is in the way."""
        return {"count": self.film.count, "bytes": self.film.bytes, "allowed": self.film.allowed, "problem": self.problem}

    @property
    def _affordable(self) -> bool:
        return self._spent <= FREE + SHARE * self._trained

    def _record(self, session: Any) -> None:
        began = time.perf_counter()
        try:
            self.film.keep(session.step, *session.checkpoint())
            self.problem = ""
        except OSError as error:
            self._blocked_until = time.monotonic() + PATIENCE
            self.problem = f"No snapshots are recorded: {error.strerror}. Training goes on; free some space on the disk."
            return
        self._recorded, self._due = session.step, next_due(session.step)
        self._spent += time.perf_counter() - began
