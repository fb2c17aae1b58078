from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("hard_sigmoid")
class HardSigmoid(Activation):
    """Sigmoid made of three straight pieces."""

    label: ClassVar[str] = "Hard sigmoid"
    formula: ClassVar[str] = r"\frac{\min(\max(x + 3, 0), 6)}{6}"
    use: ClassVar[str] = "As a gate in networks for small devices, such as MobileNetV3. Beyond -3 and 3 it no longer learns."

    def build(self, shape: Shape) -> nn.Module:
        return nn.Hardsigmoid()
