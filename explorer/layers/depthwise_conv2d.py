from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import slide, window
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("depthwise_conv2d")
class DepthwiseConv2d(LayerSpec):
    """Slides learned filters over every channel by itself, without mixing channels.

    (channels, H, W) -> (channels x multiplier, H', W'). Far cheaper than Conv2d; a Conv2d of kernel 1 after it mixes the channels.
    Source: Chollet, "Xception", 2016.
    """

    group: ClassVar[str] = "convolution"
    label: ClassVar[str] = "Depthwise Conv2d"
    formula: ClassVar[str] = r"y_i[u, v] = b_i + \sum_{r, q} w_i[r, q]\; x_i[s\, u + d\, r - p,\; s\, v + d\, q - p]"
    use: ClassVar[str] = (
        "In MobileNet and Xception, followed by a Conv2d of kernel 1: together they do the work of a Conv2d with far fewer weights. "
        "Alone it cannot combine channels."
    )
    specimen: ClassVar[str] = "maps"

    multiplier: int = Field(1, ge=1, le=1000, description="number of filters for every channel, each making one channel")
    kernel_size: int = Field(3, ge=1, le=31, description="height and width of a filter, pixels")
    stride: int = Field(1, ge=1, le=31, description="how far the filter moves each time, pixels")
    padding: int = Field(0, ge=0, le=31, description="rows and columns of zeros added on every side, pixels")
    dilation: int = Field(1, ge=1, le=31, description="distance between the pixels a filter looks at; 1 means neighbours")
    bias: bool = Field(True, description="whether every filter adds a learned constant")

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.image(shape.sizes[0] * self.multiplier, *slide(self, shape, *self._window()))

    def build(self, shape: Shape) -> nn.Module:
        channels = shape.sizes[0]
        return nn.Conv2d(channels, channels * self.multiplier, *self._window(), groups=channels, bias=self.bias)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, *[window(*self._window())] * 2)

    def _window(self) -> tuple[int, int, int, int]:
        return self.kernel_size, self.stride, self.padding, self.dilation
