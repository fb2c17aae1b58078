"""Momentum and step sizes per weight."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import Moment, Quantity
from explorer.training.optimizers import PLAIN, change, corrected, decayed, learning_rate, scaled


@OPTIMIZERS.register("adam")
class Adam(OptimizerSpec):
    """Momentum and a step size of its own for every weight, both corrected for their start at 0.

    Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """

    formula: ClassVar[str] = (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \quad "
        r"w \leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \epsilon}"
    )

    learning_rate: float = learning_rate(0.01)
    beta1: float = live(0.9, ge=0, lt=1, description="share of the average gradient that a step keeps; the momentum")
    beta2: float = live(0.999, ge=0, lt=1, description="share of the average size of the gradient that a step keeps")
    eps: float = live(1e-8, ge=1e-12, le=1, description="added below the fraction, so that nothing is divided by 0")

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        settings: dict[str, Any] = {
            "lr": self.learning_rate,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
        }
        return torch.optim.Adam(parameters, **settings, **PLAIN)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        _, said = decayed(self, moment)
        m, s, averages = corrected(self, moment)
        factor = moment.rate / (math.sqrt(s) + self.eps)
        return [*said, *averages, scaled(factor), change(-factor * m)]
