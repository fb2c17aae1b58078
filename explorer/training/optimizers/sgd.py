"""Plain gradient descent on batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import torch

from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import Moment, Quantity
from explorer.training.optimizers import PLAIN, change, decayed


@OPTIMIZERS.register("sgd")
class Sgd(OptimizerSpec):
    """Takes a step against the gradient of the batch, nothing more.

    Source: Robbins & Monro, "A Stochastic Approximation Method", 1951.
    """

    formula: ClassVar[str] = r"w \leftarrow w - \eta\, g"

    @classmethod
    def title(cls) -> str:
        return "SGD"

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.learning_rate, weight_decay=self.weight_decay, **PLAIN)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        g, said = decayed(self, moment)
        return [*said, change(-moment.rate * g)]
