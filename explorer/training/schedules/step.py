"""A schedule of stairs."""

from __future__ import annotations

from explorer.experiment.record import live
from explorer.experiment.training import SCHEDULES, ScheduleSpec


@SCHEDULES.register("step")
class Step(ScheduleSpec):
    """Cuts the learning rate to a share of itself again and again: factor = share ^ floor(step / every)."""

    every: int = live(1000, ge=1, le=10_000_000, description="steps between two cuts")
    share: float = live(0.5, gt=0, le=1, description="what each cut leaves of the learning rate")

    def factor(self, step: int) -> float:
        """share ^ floor(step / every)."""
        return self.share ** (step // self.every)
