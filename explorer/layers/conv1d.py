from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.shape import Shape


class ConvOverTime(nn.Module):
    """(B, T, features) -> (B, positions, out_features); torch's convolution wants the features first."""

    def __init__(self, conv: nn.Conv1d) -> None:
        super().__init__()
        self.conv = conv

    @property
    def weight(self) -> torch.Tensor:
        """(units, features, kernel)."""
        return self.conv.weight

    @property
    def bias(self) -> torch.Tensor | None:
        return self.conv.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x.transpose(1, 2)).transpose(1, 2)


@LAYERS.register("conv1d")
class Conv1d(LayerSpec):
    """Slides learned filters along time; each makes one feature that shows when its pattern is.

    (T, features) -> ((T + 2 padding - dilation (kernel - 1) - 1) // stride + 1, out_channels).
    """

    group: ClassVar[str] = "convolution"
    formula: ClassVar[str] = r"y_j[t] = b_j + \sum_{i, r} w_{j i}[r]\; x_i[s\, t + d\, r - p]"
    mixes: ClassVar[bool] = True
    unit_field: ClassVar[str] = "out_channels"

    out_channels: int = Field(8, ge=1, le=1_000_000, description="number of learned filters, each making one feature")
    kernel_size: int = Field(3, ge=1, le=127, description="length of a filter, steps")
    stride: int = Field(1, ge=1, le=127, description="how far the filter moves each time, steps")
    padding: int = Field(0, ge=0, le=1024, description="zeros added at the start and at the end, steps")
    dilation: int = Field(1, ge=1, le=1024, description="distance between the steps a filter looks at; 1 means neighbours")
    bias: bool = Field(True, description="whether every filter adds a learned constant")

    def output_shape(self, shape: Shape) -> Shape:
        time, _ = require_sequence(self, shape)
        padded, span = time + 2 * self.padding, self.dilation * (self.kernel_size - 1) + 1
        if span > padded:
            fix = f"The largest kernel that fits is {(padded - 1) // self.dilation + 1}, with this padding and dilation."
            raise self.misfit(f"a sequence of at least {span - 2 * self.padding} steps", shape, fix)
        return Shape.sequence((padded - span) // self.stride + 1, self.out_channels)

    def build(self, shape: Shape) -> nn.Module:
        settings = (self.kernel_size, self.stride, self.padding, self.dilation)
        return ConvOverTime(nn.Conv1d(shape.sizes[1], self.out_channels, *settings, bias=self.bias))
