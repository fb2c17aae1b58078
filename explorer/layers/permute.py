from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.shape import Shape


class SwapAxes(nn.Module):
    """(B, T, F) -> (B, F, T)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.transpose(1, 2)


@LAYERS.register("permute")
class Permute(LayerSpec):
    """Swaps time and features, so that the next layer mixes steps where it would have mixed features.

    (T, features) -> (features, T).
    """

    group: ClassVar[str] = "sequence"
    formula: ClassVar[str] = r"y[i, t] = x[t, i]"
    use: ClassVar[str] = (
        "In MLP-Mixer, where Linear layers mix the steps and the features by turns; swap back afterwards. "
        "The layers after it then fit one length of sequence only."
    )
    rearranges: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        time, features = require_sequence(self, shape)
        return Shape.sequence(features, time)

    def build(self, shape: Shape) -> nn.Module:
        return SwapAxes()
