"""The loss runs away."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.experiment.record import live
from explorer.experiment.training import STOPPING, StoppingSpec
from explorer.results.step import StepResult
from explorer.training.stopping import measured


@STOPPING.register("divergence")
class Divergence(StoppingSpec):
    """Stops when the training loss has run away: far above where it started, time after time."""

    times: float = live(10_000.0, gt=1, le=1e12, description="how many times the first loss counts as run away")
    evaluations: int = live(20, ge=1, le=1000, description="evaluations in a row that have to be that high")

    def reason(self, history: Sequence[StepResult]) -> str:
        """Compares the last `evaluations` losses with the first one there is."""
        losses = measured(history, "train_loss")
        if len(losses) <= self.evaluations:
            return ""
        first, recent = losses[0][1], [value for _, value in losses[-self.evaluations :]]
        if first <= 0 or min(recent) <= self.times * first:
            return ""
        return (
            f"The training loss has run away: {recent[-1]:.3g}, more than {self.times:,.0f} times its first value {first:.3g} "
            f"for {self.evaluations} evaluations. Lower the learning rate."
        )
