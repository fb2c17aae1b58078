"""Adam with weight decay apart from the gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import STEP, Moment, Quantity
from explorer.training.optimizers import PLAIN, change, corrected, gradient, learning_rate, scaled


@OPTIMIZERS.register("adamw")
class AdamW(OptimizerSpec):
    """Adam whose weight decay acts on the weights directly, not through the gradient's averages.

    Source: Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019.
    """

    formula: ClassVar[str] = (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \quad "
        r"w \leftarrow (1 - \eta \lambda) w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \epsilon}"
    )

    learning_rate: float = learning_rate(0.01)
    beta1: float = live(0.9, ge=0, lt=1, description="share of the average gradient that a step keeps; the momentum")
    beta2: float = live(0.999, ge=0, lt=1, description="share of the average size of the gradient that a step keeps")
    eps: float = live(1e-8, ge=1e-12, le=1, description="added below the fraction, so that nothing is divided by 0")

    @classmethod
    def title(cls) -> str:
        return "AdamW"

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        settings: dict[str, Any] = {
            "lr": self.learning_rate,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
        }
        return torch.optim.AdamW(parameters, **settings, **PLAIN)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        m, s, averages = corrected(self, moment)
        factor, decay = moment.rate / (math.sqrt(s) + self.eps), -moment.rate * self.weight_decay * moment.weight
        said = [Quantity("weight decay", r"-\eta \lambda w", STEP, decay)] if self.weight_decay else []
        return [gradient(moment), *averages, scaled(factor), *said, change(decay - factor * m)]
