"""Gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import SLOPE, Moment, Quantity
from explorer.training.optimizers import PLAIN, change, decayed


@OPTIMIZERS.register("momentum")
class Momentum(OptimizerSpec):
    """Lets steps gather speed: each adds its gradient to what is left of the ones before.

    Source: Polyak, "Some Methods of Speeding up the Convergence of Iteration Methods", 1964; torch's form, with no dampening.
    """

    formula: ClassVar[str] = r"v \leftarrow \mu v + g, \quad w \leftarrow w - \eta\, v"

    momentum: float = live(
        0.9, ge=0, lt=1, description="share of its speed that a step keeps from the step before; 0 is plain gradient descent"
    )

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.learning_rate, momentum=self.momentum, weight_decay=self.weight_decay, **PLAIN)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        g, said = decayed(self, moment)
        v = moment.after.get("momentum_buffer", g)  # torch keeps none where the momentum is 0
        return [*said, Quantity("speed", "v", SLOPE, v), change(-moment.rate * v)]
