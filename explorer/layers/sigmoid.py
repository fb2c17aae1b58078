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
    use: ClassVar[str] = (
        "As a gate that opens from 0 to 1, in LSTM and in squeeze and excitation. "
        "Between layers its flat ends let gradients vanish; at the end of a classifier the loss contains it already."
    )

    def build(self, shape: Shape) -> nn.Module:
        return nn.Sigmoid()
