"""A length of time."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.experiment.record import live
from explorer.experiment.training import STOPPING, StoppingSpec
from explorer.results.step import StepResult


@STOPPING.register("time_budget")
class TimeBudget(StoppingSpec):
    """Stops after a time of training; pauses do not count."""

    seconds: float = live(60.0, gt=0, le=1_000_000, description="seconds of training")

    def reason(self, history: Sequence[StepResult]) -> str:
        """Reached once the newest result has trained for `seconds`."""
        if not history or history[-1].seconds < self.seconds:
            return ""
        return f"Trained for {history[-1].seconds:.3g} seconds; its budget was {self.seconds:g}."
