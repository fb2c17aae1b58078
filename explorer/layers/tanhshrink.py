from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("tanhshrink")
class Tanhshrink(Activation):
    """What Tanh takes away: nearly 0 around 0, and a straight line far from it."""

    label: ClassVar[str] = "Tanhshrink"
    formula: ClassVar[str] = r"x - \tanh(x)"
    use: ClassVar[str] = "Rare. It silences small numbers and lets large ones through; try it to see what an unusual activation does."

    def build(self, shape: Shape) -> nn.Module:
        return nn.Tanhshrink()
