from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


class MeanOfSteps(nn.Module):
    """(B, T, F) -> (B, F)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(1)


@LAYERS.register("mean_over_time")
class MeanOverTime(LayerSpec):
    """Replaces every feature by its mean over all steps.

    (T, features) -> (features,). For sequences of any length; the order no longer counts.
    """

    group: ClassVar[str] = "sequence"
    formula: ClassVar[str] = r"y_i = \frac{1}{T} \sum_t x[t, i]"
    use: ClassVar[str] = (
        "Before the Output of a classifier of sequences, after attention or convolutions. Where one step decides alone, use Max over time."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.features(require_sequence(self, shape)[1])

    def build(self, shape: Shape) -> nn.Module:
        return MeanOfSteps()

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING, OWN)
