from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import slide, window
from explorer.results.reach import EVERYTHING, Reach
from explorer.results.shape import Shape


class NarrowInTheMiddle(nn.Module):
    """ReLU(shortcut(x) + body(x)) of images; the shortcut is the input itself where its shape is kept."""

    def __init__(self, body: nn.Sequential, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.shortcut(x) + self.body(x))


@LAYERS.register("bottleneck")
class Bottleneck(LayerSpec):
    """Three convolutions beside a shortcut: one makes the channels few, one looks around, one makes them many again.

    (channels, H, W) -> (out_channels, H', W'). Kernels 1, `kernel_size` and 1, BatchNorm after each. Where the number of channels or
    the stride changes, the shortcut is a convolution of kernel 1 too.
    Source: He et al., "Deep Residual Learning for Image Recognition", 2015.
    """

    group: ClassVar[str] = "block"
    formula: ClassVar[str] = r"y = \mathrm{ReLU}\big(x + W_3\, \mathrm{ReLU}(W_2 * \mathrm{ReLU}(W_1 x))\big)"
    use: ClassVar[str] = (
        "The block of ResNet-50 and deeper ones, which have hundreds of channels. "
        "With few channels two Conv2d of kernel 3 in a Residual are simpler and as good."
    )
    mixes: ClassVar[bool] = True
    edge_weights: ClassVar[bool] = False
    unit_field: ClassVar[str] = "out_channels"
    smallest_batch: ClassVar[int] = 2

    out_channels: int = Field(16, ge=1, le=1_000_000, description="number of channels that come out")
    reduction: int = Field(4, ge=1, le=64, description="how many times fewer channels the convolution in the middle has")
    kernel_size: Literal[1, 3, 5, 7] = Field(3, description="height and width of the filters in the middle, pixels")
    stride: int = Field(1, ge=1, le=31, description="how far the filter in the middle moves each time, pixels")

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.image(self.out_channels, *slide(self, shape, *self._window()))

    def build(self, shape: Shape) -> nn.Module:
        channels, narrow = shape.sizes[0], max(1, self.out_channels // self.reduction)
        body = nn.Sequential(
            *_normalised(nn.Conv2d(channels, narrow, 1, bias=False)),
            nn.ReLU(),
            *_normalised(nn.Conv2d(narrow, narrow, *self._window(), bias=False)),
            nn.ReLU(),
            *_normalised(nn.Conv2d(narrow, self.out_channels, 1, bias=False)),
        )
        return NarrowInTheMiddle(body, self._shortcut(shape))

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING, *[window(*self._window())] * 2)

    def _shortcut(self, shape: Shape) -> nn.Module:
        if self.output_shape(shape) == shape:
            return nn.Identity()
        return nn.Sequential(*_normalised(nn.Conv2d(shape.sizes[0], self.out_channels, 1, self.stride, bias=False)))

    def _window(self) -> tuple[int, int, int]:
        return self.kernel_size, self.stride, self.kernel_size // 2


def _normalised(conv: nn.Conv2d) -> tuple[nn.Module, nn.Module]:
    return conv, nn.BatchNorm2d(conv.out_channels)
