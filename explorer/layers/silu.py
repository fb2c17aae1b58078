from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("silu")
class SiLU(Activation):
    """Multiplies every number by its own sigmoid: a smooth ReLU with a small dip below 0."""

    label: ClassVar[str] = "SiLU"
    formula: ClassVar[str] = r"\frac{x}{1 + e^{-x}}"
    use: ClassVar[str] = (
        "In EfficientNet and many newer networks for images, also under the name Swish. In small networks ReLU does as well and is cheaper."
    )

    def build(self, shape: Shape) -> nn.Module:
        return nn.SiLU()
