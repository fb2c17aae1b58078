"""Adam by the largest recent gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import SLOPE, Moment, Quantity
from explorer.training.optimizers import change, decayed, learning_rate, scaled


@OPTIMIZERS.register("adamax")
class Adamax(OptimizerSpec):
    """Adam that measures the gradient by its largest recent value.

    Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization", section 7.1, 2015.
    """

    formula: ClassVar[str] = (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad u \leftarrow \max(\beta_2 u, |g| + \epsilon), \quad "
        r"w \leftarrow w - \frac{\eta}{1 - \beta_1^t}\, \frac{m}{u}"
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
        return torch.optim.Adamax(parameters, **settings, foreach=False)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        _, said = decayed(self, moment)
        m, u = moment.after["exp_avg"], moment.after["exp_inf"]
        m_hat = m / (1 - self.beta1 ** moment.after["step"])
        averages = [Quantity("average gradient", "m", SLOPE, m), Quantity("average gradient, corrected", r"\hat m", SLOPE, m_hat)]
        largest = Quantity("largest recent gradient", "u", SLOPE, u)
        return [*said, *averages, largest, scaled(moment.rate / u), change(-moment.rate * m_hat / u)]
