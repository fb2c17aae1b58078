from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


class TakeLast(nn.Module):
    """(B, T, F) -> (B, F)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, -1]


@LAYERS.register("last_step")
class LastStep(LayerSpec):
    """Keeps the last step only, where a recurrent layer has seen the whole sequence.

    (T, features) -> (features,).
    Of a bidirectional layer, the half that reads backwards has seen nothing but this step there: use Mean over time.
    """

    group: ClassVar[str] = "sequence"
    formula: ClassVar[str] = r"y_i = x[T, i]"
    use: ClassVar[str] = (
        "After an RNN, LSTM or GRU that answers one question about the whole sequence. "
        "After attention that is not causal, Mean over time is more usual."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.features(require_sequence(self, shape)[1])

    def build(self, shape: Shape) -> nn.Module:
        return TakeLast()

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (Reach(before=1 - shape.sizes[0]), OWN)
