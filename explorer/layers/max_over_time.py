from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


class LargestOfSteps(nn.Module):
    """(B, T, F) -> (B, F)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax(1)


@LAYERS.register("max_over_time")
class MaxOverTime(LayerSpec):
    """Keeps the largest number of every feature, whenever it came.

    (T, features) -> (features,). It says whether something occurred, not when.
    """

    group: ClassVar[str] = "sequence"
    formula: ClassVar[str] = r"y_i = \max_t x[t, i]"
    use: ClassVar[str] = (
        "After the convolutions of a classifier of sentences, where one telling word anywhere is enough. "
        "Only the step with the largest number learns."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.features(require_sequence(self, shape)[1])

    def build(self, shape: Shape) -> nn.Module:
        return LargestOfSteps()

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING, OWN)
