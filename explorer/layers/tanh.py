from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("tanh")
class Tanh(Activation):
    """Squeezes every number smoothly between -1 and 1."""

    label: ClassVar[str] = "Tanh"
    formula: ClassVar[str] = r"\tanh(x)"
    use: ClassVar[str] = (
        "Inside recurrent layers, in small networks, and at the end of a generator of pictures from -1 to 1. "
        "In deep networks its flat ends let gradients vanish."
    )

    def build(self, shape: Shape) -> nn.Module:
        return nn.Tanh()
