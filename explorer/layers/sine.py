from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


class Sin(nn.Module):
    """sin(frequency x), number by number."""

    def __init__(self, frequency: float) -> None:
        super().__init__()
        self.frequency = frequency

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.frequency * x)

    def extra_repr(self) -> str:
        return f"frequency={self.frequency}"


@LAYERS.register("sine")
class Sine(Activation):
    """Turns every number into a wave, good for functions that repeat.

    Source: Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions", 2020.
    """

    formula: ClassVar[str] = r"\sin(\omega x)"
    use: ClassVar[str] = (
        "To learn a signal or a picture from its coordinates, as SIREN does. For classifying use ReLU: many waves make learning harder."
    )

    frequency: float = Field(1.0, gt=0, le=100, description="omega, radians per unit of the input")

    def build(self, shape: Shape) -> nn.Module:
        return Sin(self.frequency)
