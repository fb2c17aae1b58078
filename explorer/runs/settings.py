"""The limits a supervisor keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass

from explorer.runs.watchdog import STARTING_SECONDS, STUCK_SECONDS


@dataclass(frozen=True)
class Settings:
    """Seconds and counts; `from_environment` reads those a person may want to set."""

    unwatched: float = 600.0  # a run nobody has looked at for so long is parked
    idle: float = 300.0  # a supervisor nobody has spoken to for so long ends, unless something trains
    stuck: float = STUCK_SECONDS
    starting: float = STARTING_SECONDS
    answer: float = 15.0  # how long a command may take
    lens: float = 120.0  # a looking process nobody has asked for so long ends
    bequest: float = 0.1  # how long a new run waits for the weights of this moment of the run it is the heir of
    live_workers: int = 64
    kept_runs: int = 200

    @classmethod
    def from_environment(cls) -> Settings:
        """`NEURAL_EXPLORER_UNWATCHED_SECONDS` sets `unwatched`; what is not a positive number is left aside."""
        text = os.environ.get("NEURAL_EXPLORER_UNWATCHED_SECONDS", "")
        try:
            seconds = float(text)
        except ValueError:
            return cls()
        return cls(unwatched=seconds) if seconds > 0 else cls()
