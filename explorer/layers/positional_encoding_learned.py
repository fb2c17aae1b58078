from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.shape import Shape

START_STD = 0.02  # small beside the features, as in GPT-2


class AddPositions(nn.Module):
    """x + positions (T, F), which are learned."""

    def __init__(self, time: int, features: int) -> None:
        super().__init__()
        self.positions = nn.Parameter(START_STD * torch.randn(time, features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.positions


@LAYERS.register("positional_encoding_learned")
class PositionalEncodingLearned(LayerSpec):
    """Adds a learned vector to every step, a different one for each place, by which attention can tell early from late.

    Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
    """

    group: ClassVar[str] = "sequence"
    label: ClassVar[str] = "Positional encoding (learned)"
    formula: ClassVar[str] = r"y[t] = x[t] + p_t"
    use: ClassVar[str] = (
        "Between Embedding and attention in BERT, GPT-2 and the vision transformer. "
        "With little data the waves, which need not be learned, are safer."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.sequence(*require_sequence(self, shape))

    def build(self, shape: Shape) -> nn.Module:
        return AddPositions(*shape.sizes)
