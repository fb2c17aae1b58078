"""Absolute error."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn import functional as F

from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("mae")
class MeanAbsoluteError(LossSpec):
    """The average distance from the right answer; an outlier counts no more than its distance."""

    problem = "regression"
    unit: ClassVar[str] = "standard deviations of the target"
    formula: ClassVar[str] = r"L = \frac{1}{B} \sum_i |\hat y_i - y_i|"

    @classmethod
    def title(cls) -> str:
        return "Mean absolute error"

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean over examples and targets."""
        return F.l1_loss(output, target)
