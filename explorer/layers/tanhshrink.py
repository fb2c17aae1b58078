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

    def build(self, shape: Shape) -> nn.Module:
        return nn.Tanhshrink()
