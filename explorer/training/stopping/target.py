"""A goal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from explorer.experiment.record import live
from explorer.experiment.training import STOPPING, StoppingSpec
from explorer.results.step import StepResult
from explorer.training.stopping import caution, measured, unseen, words


@STOPPING.register("target")
class Target(StoppingSpec):
    """Stops once a metric is as good as wished: an accuracy at or above the value, a loss at or below it."""

    metric: Literal["train_loss", "test_loss", "train_accuracy", "test_accuracy"] = live(
        "test_accuracy", description="what is watched; of the validation part instead of the test part where one was set aside"
    )
    value: float = live(0.95, ge=0, le=1_000_000, description="the value to reach; an accuracy is a share from 0 to 1")

    def reason(self, history: Sequence[StepResult]) -> str:
        """Looks at the newest result only."""
        part, _, measure = self.metric.partition("_")
        watched = unseen(history, measure) if part == "test" else self.metric
        newest = measured(history[-1:], watched)
        if not newest:
            return ""
        result, value = newest[0]
        reached = value >= self.value if self.metric.endswith("accuracy") else value <= self.value
        if not reached:
            return ""
        return f"The {words(watched)} reached {value:.4g} at step {result.step:,}; the target was {self.value:g}.{caution(watched)}"
