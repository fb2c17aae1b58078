"""Squared error near, absolute error far."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn import functional as F

from explorer.experiment.record import live
from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("huber")
class Huber(LossSpec):
    """Squared error for small misses, absolute error for large ones: outliers pull less.

    Source: Huber, "Robust Estimation of a Location Parameter", 1964.
    """

    problem = "regression"
    unit: ClassVar[str] = "variances of the target"
    formula: ClassVar[str] = (
        r"L = \frac{1}{B} \sum_i \begin{cases} \frac{1}{2} e_i^2 & |e_i| \le \delta \\ "
        r"\delta (|e_i| - \frac{1}{2} \delta) & \text{else} \end{cases}, \quad e_i = \hat y_i - y_i"
    )

    delta: float = live(1.0, gt=0, le=100, description="miss, in standard deviations, from which on the loss grows as a straight line")

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean over examples and targets."""
        return F.huber_loss(output, target, delta=self.delta)
