from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import PoolOverTime, slide_over_time
from explorer.layers.window import window
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("max_pool1d")
class MaxPool1d(LayerSpec):
    """Keeps the largest number of every feature in each short stretch of time: the sequence gets shorter.

    (T, features) -> ((T - kernel) // stride + 1, features).
    """

    group: ClassVar[str] = "pooling"
    label: ClassVar[str] = "MaxPool 1d"
    formula: ClassVar[str] = r"y_i[t] = \max_{r}\; x_i[s\, t + r]"
    use: ClassVar[str] = (
        "After a Conv1d, to shorten a series or a sound and keep its peaks. Not where every step needs an answer of its own."
    )

    kernel_size: int = Field(2, ge=1, le=127, description="length of a window, steps")
    stride: int = Field(0, ge=0, le=127, description="how far the window moves each time, steps; 0 means as far as it is long")

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.sequence(slide_over_time(self, shape, *self._window()), shape.sizes[1])

    def build(self, shape: Shape) -> nn.Module:
        return PoolOverTime(nn.MaxPool1d(*self._window()))

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (window(*self._window()), OWN)

    def _window(self) -> tuple[int, int]:
        return self.kernel_size, self.stride or self.kernel_size
