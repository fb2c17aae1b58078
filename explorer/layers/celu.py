from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("celu")
class CELU(Activation):
    """ELU without a kink at 0, whatever its depth."""

    label: ClassVar[str] = "CELU"
    formula: ClassVar[str] = r"\begin{cases} x & x > 0 \\ a\,(e^{x / a} - 1) & x \le 0 \end{cases}"
    use: ClassVar[str] = "Instead of ELU where a is not 1: its slope then has no jump at 0. Rarely makes a difference."

    alpha: float = Field(1.0, gt=0, le=10, description="a, how far below 0 it levels off")

    def build(self, shape: Shape) -> nn.Module:
        return nn.CELU(self.alpha)
