from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import slide, window
from explorer.results.reach import EVERYTHING, Reach
from explorer.results.shape import Shape


@LAYERS.register("conv2d")
class Conv2d(LayerSpec):
    """Slides learned filters over an image; each makes one channel that shows where its pattern is.

    (channels, H, W) -> (out_channels, (H + 2 padding - dilation (kernel - 1) - 1) // stride + 1, likewise W).
    """

    group: ClassVar[str] = "convolution"
    formula: ClassVar[str] = r"y_j[u, v] = b_j + \sum_{i, r, q} w_{j i}[r, q]\; x_i[s\, u + d\, r - p,\; s\, v + d\, q - p]"
    use: ClassVar[str] = (
        "The main part of networks for images from LeNet to ResNet, mostly with a kernel of 3. "
        "Not for tables, where it means nothing that two columns are neighbours."
    )
    mixes: ClassVar[bool] = True
    unit_field: ClassVar[str] = "out_channels"

    out_channels: int = Field(8, ge=1, le=1_000_000, description="number of learned filters, each making one channel")
    kernel_size: int = Field(3, ge=1, le=31, description="height and width of a filter, pixels")
    stride: int = Field(1, ge=1, le=31, description="how far the filter moves each time, pixels")
    padding: int = Field(0, ge=0, le=31, description="rows and columns of zeros added on every side, pixels")
    dilation: int = Field(1, ge=1, le=31, description="distance between the pixels a filter looks at; 1 means neighbours")
    bias: bool = Field(True, description="whether every filter adds a learned constant")

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.image(self.out_channels, *slide(self, shape, *self._window()))

    def build(self, shape: Shape) -> nn.Module:
        return nn.Conv2d(shape.sizes[0], self.out_channels, *self._window(), bias=self.bias)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING, *[window(*self._window())] * 2)

    def _window(self) -> tuple[int, int, int, int]:
        return self.kernel_size, self.stride, self.padding, self.dilation
