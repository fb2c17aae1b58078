"""Steps measured by the recent size of the gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import SQUARE, Moment, Quantity
from explorer.training.optimizers import change, decayed, learning_rate, scaled


@OPTIMIZERS.register("rmsprop")
class RmsProp(OptimizerSpec):
    """Divides the gradient by its recent size, so that steep and flat directions move alike.

    Source: Tieleman & Hinton, "Lecture 6.5", Coursera 2012.
    """

    formula: ClassVar[str] = r"s \leftarrow \rho s + (1 - \rho) g^2, \quad w \leftarrow w - \eta\, \frac{g}{\sqrt{s} + \epsilon}"

    learning_rate: float = learning_rate(0.01)
    rho: float = live(
        0.99, ge=0, lt=1, description="share of the average of squared gradients that a step keeps; nearer to 1 remembers longer"
    )
    eps: float = live(1e-8, ge=1e-12, le=1, description="added below the fraction, so that nothing is divided by 0")

    @classmethod
    def title(cls) -> str:
        return "RMSprop"

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(
            parameters, lr=self.learning_rate, alpha=self.rho, eps=self.eps, weight_decay=self.weight_decay, foreach=False
        )

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        g, said = decayed(self, moment)
        s = moment.after["square_avg"]
        factor = moment.rate / (math.sqrt(s) + self.eps)
        return [*said, Quantity("average square", "s", SQUARE, s), scaled(factor), change(-factor * g)]
