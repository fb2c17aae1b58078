"""Squared error on probabilities."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn import functional as F

from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("squared_error")
class SquaredError(LossSpec):
    """The squared distance between the probabilities and the truth; also known as the Brier score.

    Source: Brier, "Verification of Forecasts Expressed in Terms of Probability", 1950.
    """

    unit: ClassVar[str] = "squared probability per example"
    formula: ClassVar[str] = r"L = \frac{1}{B} \sum_i \sum_k (p_{ik} - [y_i = k])^2"

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """One logit per example: (sigmoid(z) - y)^2, of class 1 alone. More: summed over the classes."""
        if output.shape[1] == 1:
            return F.mse_loss(output[:, 0].sigmoid(), target.to(output.dtype))
        truth = F.one_hot(target, output.shape[1]).to(output.dtype)
        return (output.softmax(dim=1) - truth).square().sum(dim=1).mean()
