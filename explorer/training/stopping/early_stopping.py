"""Stop before the network learns its examples by heart."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.experiment.record import live
from explorer.experiment.training import STOPPING, StoppingSpec
from explorer.results.step import StepResult
from explorer.training.stopping import caution, measured, unseen, words


@STOPPING.register("early_stopping")
class EarlyStopping(StoppingSpec):
    """Stops when the validation loss has found no new best for a number of epochs: what follows is overfitting.

    Where no validation part was set aside it watches the test loss, which then no longer is a test of the result.
    Source: Prechelt, "Early Stopping - But When?", 1998.
    """

    epochs: float = live(50.0, gt=0, le=100_000, description="passes over the training part to wait for a new best")
    gain: float = live(0.0, ge=0, le=1_000_000, description="by how much a loss has to beat the best one to count")

    def reason(self, history: Sequence[StepResult]) -> str:
        """Counts the epochs since the last new best."""
        best: StepResult | None = None
        lowest = float("inf")
        watched = unseen(history, "loss")
        losses = measured(history, watched)
        for result, value in losses:
            if value < lowest - self.gain:
                best, lowest = result, value
        if best is None or losses[-1][0].epoch - best.epoch < self.epochs:
            return ""
        waited = losses[-1][0].epoch - best.epoch
        return (
            f"The {words(watched)} has not improved for {waited:.4g} epochs: its best was {lowest:.4g} at step {best.step:,}, "
            f"it is {losses[-1][1]:.4g}.{caution(watched)}"
        )
