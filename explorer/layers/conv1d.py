from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence, slide_over_time
from explorer.layers.window import window
from explorer.results.reach import EVERYTHING, Reach
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


class CausalConvOverTime(ConvOverTime):
    """The same with zeros in front, so that no filter sees a step that comes later."""

    def __init__(self, conv: nn.Conv1d) -> None:
        super().__init__(conv)
        self.before = conv.dilation[0] * (conv.kernel_size[0] - 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(nn.functional.pad(x.transpose(1, 2), (self.before, 0))).transpose(1, 2)


@LAYERS.register("conv1d")
class Conv1d(LayerSpec):
    """Slides learned filters along time; each makes one feature that shows when its pattern is.

    (T, features) -> ((T + 2 padding - dilation (kernel - 1) - 1) // stride + 1, out_channels).
    Causal: ((T - 1) // stride + 1, out_channels).
    """

    group: ClassVar[str] = "convolution"
    formula: ClassVar[str] = r"y_j[t] = b_j + \sum_{i, r} w_{j i}[r]\; x_i[s\, t + d\, r - p]"
    use: ClassVar[str] = (
        "For series and sound; causal ones with dilation 1, 2, 4, 8 look far back with few weights, as in WaveNet. "
        "It never looks farther back than its filters reach, unlike a GRU or attention."
    )
    mixes: ClassVar[bool] = True
    unit_field: ClassVar[str] = "out_channels"

    out_channels: int = Field(8, ge=1, le=1_000_000, description="number of learned filters, each making one feature")
    kernel_size: int = Field(3, ge=1, le=127, description="length of a filter, steps")
    stride: int = Field(1, ge=1, le=127, description="how far the filter moves each time, steps")
    padding: int = Field(0, ge=0, le=1024, description="zeros added at the start and at the end, steps")
    dilation: int = Field(1, ge=1, le=1024, description="distance between the steps a filter looks at; 1 means neighbours")
    causal: bool = Field(
        False, description="whether a filter sees only its own step and those before it; the padding is then what that takes, all in front"
    )
    bias: bool = Field(True, description="whether every filter adds a learned constant")

    def output_shape(self, shape: Shape) -> Shape:
        if self.causal:
            return Shape.sequence((require_sequence(self, shape)[0] - 1) // self.stride + 1, self.out_channels)
        return Shape.sequence(slide_over_time(self, shape, *self._window()), self.out_channels)

    def build(self, shape: Shape) -> nn.Module:
        kernel, stride, padding, dilation = self._window()
        settings = (kernel, stride, 0 if self.causal else padding, dilation)
        conv = nn.Conv1d(shape.sizes[1], self.out_channels, *settings, bias=self.bias)
        return CausalConvOverTime(conv) if self.causal else ConvOverTime(conv)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        along = window(*self._window())
        return (replace(along, before=along.window - 1) if self.causal else along, EVERYTHING)

    def _window(self) -> tuple[int, int, int, int]:
        return self.kernel_size, self.stride, self.padding, self.dilation
