"""Nothing moves any more."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.experiment.record import live
from explorer.experiment.training import STOPPING, StoppingSpec
from explorer.results.step import StepResult
from explorer.training.stopping import measured


@STOPPING.register("plateau")
class Plateau(StoppingSpec):
    """Stops when the training loss has hardly got better for a number of steps."""

    steps: int = live(2000, ge=1, le=10_000_000, description="steps that have to pass without a gain")
    gain: float = live(0.001, ge=0, lt=1, description="share by which the best loss has to shrink in that time to count as a gain")

    def reason(self, history: Sequence[StepResult]) -> str:
        """Compares the best loss of the last `steps` steps with the best one before them."""
        losses = measured(history, "train_loss")
        if not losses:
            return ""
        since = losses[-1][0].step - self.steps
        before = [value for result, value in losses if result.step <= since]
        recent = [value for result, value in losses if result.step > since]
        if not before or min(recent) < min(before) - self.gain * abs(min(before)):
            return ""
        return (
            f"The training loss has not fallen below {min(before):.4g} by {self.gain:.2%} or more for {self.steps:,} steps; "
            f"it is {recent[-1]:.4g}."
        )
