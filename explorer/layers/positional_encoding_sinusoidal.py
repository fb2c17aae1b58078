from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.shape import Shape


class AddWaves(nn.Module):
    """x + waves (T, F)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + waves(x)


def waves(x: torch.Tensor) -> torch.Tensor:
    """(T, F) for inputs (B, T, F); even features are sines, odd ones cosines, slower and slower."""
    time, features = (torch.arange(size, device=x.device) for size in x.shape[1:])
    rates = 10_000.0 ** (-2 * (features // 2) / x.shape[2])  # radians per step, (F,)
    angles = time[:, None] * rates  # (T, F)
    return torch.where(features % 2 == 0, angles.sin(), angles.cos()).to(x.dtype)


@LAYERS.register("positional_encoding_sinusoidal")
class PositionalEncodingSinusoidal(LayerSpec):
    """Adds a fixed pattern of waves to every step, by which attention can tell early from late; nothing is learned.

    Source: Vaswani et al., "Attention Is All You Need", 2017.
    """

    group: ClassVar[str] = "sequence"
    label: ClassVar[str] = "Positional encoding (waves)"
    formula: ClassVar[str] = r"y[t, 2i] = x + \sin\frac{t}{10000^{2i/F}},\quad y[t, 2i{+}1] = x + \cos\frac{t}{10000^{2i/F}}"
    use: ClassVar[str] = (
        "Between Embedding and attention, as in the first transformer. "
        "Recurrent layers and convolutions do not need it: they know the order."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.sequence(*require_sequence(self, shape))

    def build(self, shape: Shape) -> nn.Module:
        return AddWaves()
