from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import slide, window
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("max_pool2d")
class MaxPool2d(LayerSpec):
    """Keeps the largest number of every small window, so that the image shrinks and what was found stays.

    (channels, H, W) -> (channels, (H - kernel) // stride + 1, likewise W).
    """

    group: ClassVar[str] = "pooling"
    label: ClassVar[str] = "MaxPool 2d"
    formula: ClassVar[str] = r"y_c[u, v] = \max_{r, q}\; x_c[s\, u + r,\; s\, v + q]"
    use: ClassVar[str] = (
        "After the convolutions of VGG and most small networks for images, to halve height and width. "
        "Not where every pixel needs an answer: it forgets the exact place."
    )

    kernel_size: int = Field(2, ge=1, le=31, description="height and width of a window, pixels")
    stride: int = Field(0, ge=0, le=31, description="how far the window moves each time, pixels; 0 means as far as it is wide")

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.image(shape.sizes[0], *slide(self, shape, *self._window()))

    def build(self, shape: Shape) -> nn.Module:
        return nn.MaxPool2d(*self._window())

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, *[window(*self._window())] * 2)

    def _window(self) -> tuple[int, int]:
        return self.kernel_size, self.stride or self.kernel_size
