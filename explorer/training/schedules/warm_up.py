"""A schedule that starts gently."""

from __future__ import annotations

from explorer.experiment.record import live
from explorer.experiment.training import SCHEDULES, ScheduleSpec


@SCHEDULES.register("warm_up")
class WarmUp(ScheduleSpec):
    """Raises the learning rate from a small share to all of it in a straight line, then keeps it."""

    steps: int = live(500, ge=1, le=10_000_000, description="steps until the full learning rate is reached")
    initial: float = live(0.01, ge=0, le=1, description="share of the learning rate to start with")

    def factor(self, step: int) -> float:
        """initial + (1 - initial) t with t = min(step / steps, 1)."""
        return self.initial + (1 - self.initial) * min(step / self.steps, 1.0)
