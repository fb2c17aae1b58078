from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("leaky_relu")
class LeakyReLU(Activation):
    """Like ReLU, but lets a little of the negative numbers through, so that no unit goes silent for good."""

    label: ClassVar[str] = "Leaky ReLU"
    formula: ClassVar[str] = r"\begin{cases} x & x > 0 \\ a\,x & x \le 0 \end{cases}"
    use: ClassVar[str] = "Instead of ReLU where units die, and in the discriminators of GANs. Elsewhere it rarely makes a difference."

    negative_slope: float = Field(0.01, ge=0, le=1, description="a, the share of a negative number that passes")

    def build(self, shape: Shape) -> nn.Module:
        return nn.LeakyReLU(self.negative_slope)
