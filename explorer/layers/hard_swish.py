from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("hard_swish")
class HardSwish(Activation):
    """SiLU made of straight pieces and a parabola, cheap to compute."""

    label: ClassVar[str] = "Hard swish"
    formula: ClassVar[str] = r"x\,\frac{\min(\max(x + 3, 0), 6)}{6}"
    use: ClassVar[str] = (
        "In MobileNetV3, which runs on telephones, because it is cheaper than SiLU. Elsewhere SiLU is smoother and as good."
    )

    def build(self, shape: Shape) -> nn.Module:
        return nn.Hardswish()
