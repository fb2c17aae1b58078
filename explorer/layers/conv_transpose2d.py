from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE, IMAGE_FIX, stamped
from explorer.results.reach import EVERYTHING, Reach
from explorer.results.shape import Shape


class Stamp(nn.Module):
    """A transposed convolution whose `weight` is (units, channels, k, k), like that of every other layer."""

    def __init__(self, conv: nn.ConvTranspose2d) -> None:
        super().__init__()
        self.conv = conv

    @property
    def weight(self) -> torch.Tensor:
        return self.conv.weight.transpose(0, 1)

    @property
    def bias(self) -> torch.Tensor | None:
        return self.conv.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


@LAYERS.register("conv_transpose2d")
class ConvTranspose2d(LayerSpec):
    """Stamps learned patterns onto a larger image, as strongly as each pixel says: a convolution run backwards.

    (channels, H, W) -> (out_channels, (H - 1) stride - 2 padding + kernel, likewise W).
    """

    group: ClassVar[str] = "convolution"
    label: ClassVar[str] = "ConvTranspose2d"
    formula: ClassVar[str] = r"y_j[s u + r - p,\, s v + q - p] \mathrel{+}= \sum_i w_{i j}[r, q]\; x_i[u, v]"
    use: ClassVar[str] = (
        "In generators and in the decoders of autoencoders, from a small image to a large one. "
        "Choose a kernel that is a multiple of the stride, or a checkerboard shows in the result."
    )
    mixes: ClassVar[bool] = True
    unit_field: ClassVar[str] = "out_channels"

    out_channels: int = Field(8, ge=1, le=1_000_000, description="number of learned patterns, each making one channel")
    kernel_size: int = Field(2, ge=1, le=31, description="height and width of a pattern, pixels")
    stride: int = Field(2, ge=1, le=31, description="how far apart the patterns of neighbouring pixels are stamped, pixels")
    padding: int = Field(0, ge=0, le=31, description="rows and columns cut off on every side, pixels")
    bias: bool = Field(True, description="whether every pattern adds a learned constant")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, IMAGE_FIX)
        height, width = ((size - 1) * self.stride + self.kernel_size - 2 * self.padding for size in shape.sizes[1:])
        if min(height, width) < 1:
            largest = (min(height, width) + 2 * self.padding - 1) // 2
            raise self.misfit("an image of which the padding leaves something", shape, f"The largest padding that fits is {largest}.")
        return Shape.image(self.out_channels, height, width)

    def build(self, shape: Shape) -> nn.Module:
        settings = (self.kernel_size, self.stride, self.padding)
        return Stamp(nn.ConvTranspose2d(shape.sizes[0], self.out_channels, *settings, bias=self.bias))

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING, *[stamped(self.kernel_size, self.stride, self.padding)] * 2)
