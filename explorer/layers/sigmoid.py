from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("sigmoid")
class Sigmoid(Activation):
    """Squeezes every number smoothly between 0 and 1."""

    label: ClassVar[str] = "Sigmoid"
    formula: ClassVar[str] = r"\frac{1}{1 + e^{-x}}"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Sigmoid()
