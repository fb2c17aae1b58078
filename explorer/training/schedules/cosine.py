"""A schedule that follows half a cosine."""

from __future__ import annotations

import math

from explorer.experiment.record import live
from explorer.experiment.training import SCHEDULES, ScheduleSpec


@SCHEDULES.register("cosine")
class Cosine(ScheduleSpec):
    """Lowers the learning rate along half a cosine wave, slowly at both ends, and keeps it low from then on.

    Source: Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017 (without restarts).
    """

    steps: int = live(5000, ge=1, le=10_000_000, description="steps until the learning rate is at its lowest")
    final: float = live(0.0, ge=0, le=1, description="share of the learning rate that is left at the end")

    def factor(self, step: int) -> float:
        """final + (1 - final) (1 + cos(pi t)) / 2 with t = min(step / steps, 1)."""
        done = min(step / self.steps, 1.0)
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * done)) / 2
