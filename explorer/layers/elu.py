from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("elu")
class ELU(Activation):
    """Like ReLU, but negative numbers level off smoothly."""

    label: ClassVar[str] = "ELU"
    formula: ClassVar[str] = r"\begin{cases} x & x > 0 \\ a\,(e^{x} - 1) & x \le 0 \end{cases}"
    use: ClassVar[str] = "Instead of ReLU in deep networks without normalisation. Every negative number costs an exponential."

    alpha: float = Field(1.0, gt=0, le=10, description="a, how far below 0 it levels off")

    def build(self, shape: Shape) -> nn.Module:
        return nn.ELU(self.alpha)
