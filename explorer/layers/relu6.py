from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("relu6")
class ReLU6(Activation):
    """ReLU that is cut off at 6."""

    label: ClassVar[str] = "ReLU6"
    formula: ClassVar[str] = r"\min(\max(0, x), 6)"
    specimen: ClassVar[str] = "wide"
    use: ClassVar[str] = "In MobileNetV2: numbers that stay below 6 can be stored with few bits. Elsewhere use ReLU."

    def build(self, shape: Shape) -> nn.Module:
        return nn.ReLU6()
