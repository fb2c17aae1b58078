from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("mish")
class Mish(Activation):
    """A smooth ReLU that bends a little below 0 before it levels off."""

    label: ClassVar[str] = "Mish"
    formula: ClassVar[str] = r"x \tanh(\ln(1 + e^{x}))"
    use: ClassVar[str] = "In the object detector YOLOv4. It costs more than SiLU, from which it differs little."

    def build(self, shape: Shape) -> nn.Module:
        return nn.Mish()
