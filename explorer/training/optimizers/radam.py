"""Adam with a careful start."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import Moment, Quantity
from explorer.training.optimizers import change, corrected, decayed, learning_rate, scaled

TRUSTED = 5  # steps that the average square must be worth before it is used


@OPTIMIZERS.register("radam")
class RAdam(OptimizerSpec):
    """Adam that starts as plain momentum, until its step sizes can be trusted.

    Source: Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020.
    """

    formula: ClassVar[str] = (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \quad "
        r"w \leftarrow w - \eta\, \frac{m}{1 - \beta_1^t}\, r_t\, \frac{\sqrt{1 - \beta_2^t}}{\sqrt{s} + \epsilon} "
        r"\text{ (the last two factors only once } \rho_t > 5)"
    )

    learning_rate: float = learning_rate(0.01)
    beta1: float = live(0.9, ge=0, lt=1, description="share of the average gradient that a step keeps; the momentum")
    beta2: float = live(0.999, ge=0, lt=1, description="share of the average size of the gradient that a step keeps")
    eps: float = live(1e-8, ge=1e-12, le=1, description="added below the fraction, so that nothing is divided by 0")

    @classmethod
    def title(cls) -> str:
        return "RAdam"

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        settings: dict[str, Any] = {
            "lr": self.learning_rate,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
        }
        return torch.optim.RAdam(parameters, **settings, foreach=False)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        _, said = decayed(self, moment)
        m, _, averages = corrected(self, moment)
        t, most = moment.after["step"], 2 / (1 - self.beta2) - 1
        trust = most - 2 * t * self.beta2**t / (1 - self.beta2**t)
        if trust <= TRUSTED:  # plain momentum: the average square is of too few steps
            return [*said, *averages, scaled(moment.rate), change(-moment.rate * m)]
        r = math.sqrt((trust - 4) * (trust - 2) * most / ((most - 4) * (most - 2) * trust))
        factor = moment.rate * r * math.sqrt(1 - self.beta2**t) / (math.sqrt(moment.after["exp_avg_sq"]) + self.eps)
        return [*said, *averages, scaled(factor), change(-factor * m)]
