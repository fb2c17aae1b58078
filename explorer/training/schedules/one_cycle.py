"""A schedule of one rise and one fall."""

from __future__ import annotations

import math

from explorer.experiment.record import live
from explorer.experiment.training import SCHEDULES, ScheduleSpec


@SCHEDULES.register("one_cycle")
class OneCycle(ScheduleSpec):
    """Raises the learning rate from a small share to all of it and lowers it to almost nothing, along cosines.

    Source: Smith & Topin, "Super-Convergence", 2018; in the form of torch.optim.lr_scheduler.OneCycleLR.
    """

    steps: int = live(5000, ge=2, le=10_000_000, description="steps of the whole cycle; the learning rate stays at its lowest afterwards")
    rise: float = live(0.3, gt=0, lt=1, description="share of the cycle in which the learning rate rises")
    initial: float = live(0.04, ge=0, le=1, description="share of the learning rate to start with")
    final: float = live(4e-6, ge=0, le=1, description="share of the learning rate to end with")

    def factor(self, step: int) -> float:
        """Half a cosine up from `initial` to 1, which is reached at step rise * steps - 1, then one down to `final` at steps - 1."""
        peak = max(self.rise * self.steps - 1, 1e-9)
        last = max(self.steps - 1, peak + 1e-9)
        if step <= peak:
            return _between(self.initial, 1.0, step / peak)
        return _between(1.0, self.final, min((step - peak) / (last - peak), 1.0))


def _between(start: float, end: float, done: float) -> float:
    """From `start` (done = 0) to `end` (done = 1) along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
