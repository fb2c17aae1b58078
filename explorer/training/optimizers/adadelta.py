"""Steps that find their own size."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import SQUARE, STEPS_SQUARED, Moment, Quantity
from explorer.training.optimizers import change, decayed, learning_rate, scaled


@OPTIMIZERS.register("adadelta")
class Adadelta(OptimizerSpec):
    """Finds the size of its steps from the sizes of its last ones; the learning rate only scales them.

    Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.
    """

    formula: ClassVar[str] = (
        r"s \leftarrow \rho s + (1 - \rho) g^2, \quad d = \frac{\sqrt{u + \epsilon}}{\sqrt{s + \epsilon}}\, g, \quad "
        r"u \leftarrow \rho u + (1 - \rho) d^2, \quad w \leftarrow w - \eta\, d"
    )

    learning_rate: float = learning_rate(1.0)
    rho: float = live(0.9, ge=0, lt=1, description="share of its running averages that a step keeps; nearer to 1 remembers longer")
    eps: float = live(1e-6, ge=1e-12, le=1, description="added under both roots; decides how small the first steps are")

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adadelta(
            parameters, lr=self.learning_rate, rho=self.rho, eps=self.eps, weight_decay=self.weight_decay, foreach=False
        )

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        g, said = decayed(self, moment)
        s, u = moment.after["square_avg"], moment.before.get("acc_delta", 0.0)
        factor = moment.rate * math.sqrt((u + self.eps) / (s + self.eps))
        squares = [
            Quantity("average square", "s", SQUARE, s),
            Quantity("average square of earlier steps", "u", STEPS_SQUARED, u),
        ]
        return [*said, *squares, scaled(factor), change(-factor * g)]
