"""The usual loss of regression."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn import functional as F

from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("mse")
class MeanSquaredError(LossSpec):
    """The average squared distance from the right answer; far misses count most."""

    problem = "regression"
    unit: ClassVar[str] = "variances of the target"
    formula: ClassVar[str] = r"L = \frac{1}{B} \sum_i (\hat y_i - y_i)^2"

    @classmethod
    def title(cls) -> str:
        return "Mean squared error"

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean over examples and targets."""
        return F.mse_loss(output, target)
