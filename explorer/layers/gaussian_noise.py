from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.experiment.record import live
from explorer.layers.activation import require_numbers
from explorer.results.shape import Shape


class Noise(nn.Module):
    """x + std * noise while training; x otherwise."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.std * torch.randn_like(x) if self.training and self.std else x


@LAYERS.register("gaussian_noise")
class GaussianNoise(LayerSpec):
    """Adds bell-shaped noise to every number while training, so that nothing can be learned by heart to the last digit.

    When it is not training, everything passes unchanged.
    """

    group: ClassVar[str] = "regularisation"
    formula: ClassVar[str] = r"y = x + \sigma\, n,\quad n \sim \mathcal{N}(0, 1)"
    use: ClassVar[str] = (
        "As the first layer, so that small errors of measurement do not matter, and in denoising autoencoders. "
        "Too much of it drowns what is to be learned."
    )

    std: float = live(0.1, ge=0, le=10, description="standard deviation of the noise, in units of what it is added to")

    def output_shape(self, shape: Shape) -> Shape:
        return require_numbers(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        return Noise(self.std)

    def adjust(self, module: nn.Module) -> None:
        assert isinstance(module, Noise)
        module.std = self.std
