"""Steps that shrink where gradients have been large."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import SQUARE, Moment, Quantity
from explorer.training.optimizers import PLAIN, change, decayed, learning_rate, scaled


@OPTIMIZERS.register("adagrad")
class Adagrad(OptimizerSpec):
    """Gives every weight its own step, smaller the more gradient that weight has seen so far.

    Source: Duchi, Hazan & Singer, "Adaptive Subgradient Methods", 2011.
    """

    formula: ClassVar[str] = r"s \leftarrow s + g^2, \quad w \leftarrow w - \eta\, \frac{g}{\sqrt{s} + \epsilon}"

    learning_rate: float = learning_rate(0.1)
    eps: float = live(1e-10, ge=1e-12, le=1, description="added below the fraction, so that nothing is divided by 0")

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adagrad(parameters, lr=self.learning_rate, eps=self.eps, weight_decay=self.weight_decay, **PLAIN)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        g, said = decayed(self, moment)
        s = moment.after["sum"]
        factor = moment.rate / (math.sqrt(s) + self.eps)
        return [*said, Quantity("sum of squares", "s", SQUARE, s), scaled(factor), change(-factor * g)]
