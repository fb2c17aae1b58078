"""No schedule."""

from __future__ import annotations

from typing import ClassVar

from explorer.experiment.training import SCHEDULES, ScheduleSpec


@SCHEDULES.register("constant")
class Constant(ScheduleSpec):
    """Keeps the learning rate as it is."""

    moves: ClassVar[bool] = False

    def factor(self, step: int) -> float:
        """Always 1."""
        return 1.0
