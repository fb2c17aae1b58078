"""Gradient descent with momentum that looks ahead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import SLOPE, Moment, Quantity
from explorer.training.optimizers import PLAIN, change, decayed


@OPTIMIZERS.register("nesterov")
class Nesterov(OptimizerSpec):
    """Momentum that looks ahead: the gradient counts where the gathered speed is about to lead.

    Source: Nesterov, "A Method for Solving the Convex Programming Problem with Convergence Rate O(1/k^2)", 1983;
    in the form of Sutskever et al., "On the Importance of Initialization and Momentum in Deep Learning", 2013.
    """

    formula: ClassVar[str] = r"v \leftarrow \mu v + g, \quad w \leftarrow w - \eta\,(g + \mu v)"

    momentum: float = live(0.9, gt=0, lt=1, description="share of its speed that a step keeps from the step before")

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(
            parameters, lr=self.learning_rate, momentum=self.momentum, nesterov=True, weight_decay=self.weight_decay, **PLAIN
        )

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        g, said = decayed(self, moment)
        v = moment.after["momentum_buffer"]
        ahead = g + self.momentum * v
        return [*said, Quantity("speed", "v", SLOPE, v), Quantity("look ahead", r"g + \mu v", SLOPE, ahead), change(-moment.rate * ahead)]
