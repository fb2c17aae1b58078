"""A smooth absolute error."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch.nn import functional as F

from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("log_cosh")
class LogCosh(LossSpec):
    """Nearly half the squared error for small misses, nearly the absolute error for large ones, smooth throughout."""

    problem = "regression"
    unit: ClassVar[str] = "log cosh of target deviations"
    formula: ClassVar[str] = r"L = \frac{1}{B} \sum_i \log \cosh(\hat y_i - y_i)"

    @classmethod
    def title(cls) -> str:
        return "Log-cosh"

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean over examples and targets, in the form that cannot overflow: |e| + log(1 + exp(-2|e|)) - log 2."""
        miss = output - target
        return (miss + F.softplus(-2 * miss) - math.log(2)).mean()
