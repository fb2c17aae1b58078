"""The usual loss of classification."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn import functional as F

from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("cross_entropy")
class CrossEntropy(LossSpec):
    """How surprised the network is by the right answer: 0 when it is certain and right."""

    unit: ClassVar[str] = "nats per example"
    formula: ClassVar[str] = r"L = -\frac{1}{B} \sum_i \log p_{i, y_i}, \quad p_i = \mathrm{softmax}(z_i)"

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """One logit per example means p = sigmoid(z) for class 1, softmax otherwise."""
        if output.shape[1] == 1:
            return F.binary_cross_entropy_with_logits(output[:, 0], target.to(output.dtype))
        return F.cross_entropy(output, target)
