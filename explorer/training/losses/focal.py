"""A loss that turns away from what is already learned."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn import functional as F

from explorer.experiment.record import live
from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("focal")
class Focal(LossSpec):
    """Cross-entropy that counts easy examples less, so that rare and hard ones are learned too.

    Source: Lin et al., "Focal Loss for Dense Object Detection", 2017 (without its class weights).
    """

    unit: ClassVar[str] = "weighted nats per example"
    formula: ClassVar[str] = r"L = -\frac{1}{B} \sum_i (1 - p_{i, y_i})^\gamma \log p_{i, y_i}"

    gamma: float = live(2.0, ge=0, le=10, description="how strongly easy examples are passed over; 0 is plain cross-entropy")

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """One logit per example means p = sigmoid(z) for class 1, softmax otherwise."""
        if output.shape[1] == 1:
            right = F.logsigmoid(output[:, 0] * (2 * target - 1))  # log-probability of the right class, (B,)
        else:
            right = F.log_softmax(output, dim=1).gather(1, target[:, None])[:, 0]
        missing = -torch.expm1(right).clamp_max(-1e-12)  # 1 - p; never 0, where a power below 1 has no slope
        return -(missing.pow(self.gamma) * right).mean()
