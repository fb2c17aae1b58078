"""A number of steps."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.experiment.record import live
from explorer.experiment.training import STOPPING, StoppingSpec
from explorer.results.step import StepResult


@STOPPING.register("step_budget")
class StepBudget(StoppingSpec):
    """Stops after a number of steps, exactly."""

    steps: int = live(10_000, ge=1, le=1_000_000_000, description="updates to make")

    def reason(self, history: Sequence[StepResult]) -> str:
        """Reached once the newest result is at `steps` or beyond."""
        if not history or history[-1].step < self.steps:
            return ""
        return f"Made all {self.steps:,} steps of its budget."

    def steps_left(self, step: int) -> int | None:
        """So that the last chunk ends at the budget and not behind it."""
        return max(self.steps - step, 0)
