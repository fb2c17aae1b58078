from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("relu")
class ReLU(Activation):
    """Lets positive numbers through and turns negative ones into 0."""

    label: ClassVar[str] = "ReLU"
    formula: ClassVar[str] = r"\max(0, x)"
    use: ClassVar[str] = (
        "The usual choice between the layers of feed-forward and convolutional networks. "
        "A unit that is negative for every example stops learning; Leaky ReLU does not."
    )

    def build(self, shape: Shape) -> nn.Module:
        return nn.ReLU()
