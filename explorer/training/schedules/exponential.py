"""A schedule that halves evenly."""

from __future__ import annotations

from explorer.experiment.record import live
from explorer.experiment.training import SCHEDULES, ScheduleSpec


@SCHEDULES.register("exponential")
class Exponential(ScheduleSpec):
    """Lets the learning rate shrink evenly, by half over every half-life: factor = 0.5 ^ (step / half_life)."""

    half_life: int = live(2000, ge=1, le=10_000_000, description="steps over which the learning rate shrinks to half")

    def factor(self, step: int) -> float:
        """0.5 ^ (step / half_life)."""
        return 0.5 ** (step / self.half_life)
