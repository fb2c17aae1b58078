"""No schedule."""

from __future__ import annotations

from explorer.experiment.training import SCHEDULES, ScheduleSpec


@SCHEDULES.register("constant")
class Constant(ScheduleSpec):
    """Keeps the learning rate as it is."""

    def factor(self, step: int) -> float:
        """Always 1."""
        return 1.0
