from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("softplus")
class Softplus(Activation):
    """A smooth ReLU that is never quite 0."""

    label: ClassVar[str] = "Softplus"
    formula: ClassVar[str] = r"\frac{1}{b}\ln(1 + e^{b x})"
    use: ClassVar[str] = (
        "At the end of a network whose answer must be positive, such as a width or a rate. "
        "Between layers ReLU is cheaper and usually learns faster."
    )

    beta: float = Field(1.0, gt=0, le=20, description="b, how sharp the bend is")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Softplus(self.beta)
