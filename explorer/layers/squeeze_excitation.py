from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE
from explorer.results.reach import EVERYTHING, Reach
from explorer.results.shape import Shape


class ChannelGates(nn.Module):
    """(B, C, H, W) -> (B, C, H, W), every channel times a number from 0 to 1 that depends on the means of all."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.relu = nn.ReLU()
        self.excite = nn.Linear(hidden, channels)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gates = self.sigmoid(self.excite(self.relu(self.squeeze(x.mean((2, 3))))))
        return x * gates[:, :, None, None]


@LAYERS.register("squeeze_excitation")
class SqueezeExcitation(LayerSpec):
    """Turns every channel of an image up or down, by how strong all channels are on the whole.

    The means of the channels pass through two small linear layers; the answers, from 0 to 1, multiply the channels.
    Source: Hu, Shen and Sun, "Squeeze-and-Excitation Networks", 2017.
    """

    group: ClassVar[str] = "attention"
    label: ClassVar[str] = "Squeeze and excitation"
    formula: ClassVar[str] = r"y_c = \sigma\big(W_2\, \mathrm{ReLU}(W_1 \bar{x})\big)_c\; x_c"
    use: ClassVar[str] = (
        "At the end of the blocks of SENet and EfficientNet, for few more weights. With only a few channels there is little to weigh."
    )
    specimen: ClassVar[str] = "maps"

    reduction: int = Field(4, ge=1, le=64, description="how many times fewer units the layer in the middle has than there are channels")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Leave it out: there are no channels to weigh.")
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return ChannelGates(shape.sizes[0], max(1, shape.sizes[0] // self.reduction))

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING, EVERYTHING, EVERYTHING)
