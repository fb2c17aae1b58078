from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import slide, window
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("avg_pool2d")
class AvgPool2d(LayerSpec):
    """Replaces every small window of an image by its mean: the image shrinks and becomes smoother.

    (channels, H, W) -> (channels, (H - kernel) // stride + 1, likewise W).
    """

    group: ClassVar[str] = "pooling"
    label: ClassVar[str] = "AvgPool 2d"
    formula: ClassVar[str] = r"y_c[u, v] = \frac{1}{k^2} \sum_{r, q} x_c[s\, u + r,\; s\, v + q]"
    use: ClassVar[str] = (
        "In the first LeNet, and between the parts of DenseNet. Single strong pixels are lost in the mean; MaxPool keeps them."
    )

    kernel_size: int = Field(2, ge=1, le=31, description="height and width of a window, pixels")
    stride: int = Field(0, ge=0, le=31, description="how far the window moves each time, pixels; 0 means as far as it is wide")

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.image(shape.sizes[0], *slide(self, shape, *self._window()))

    def build(self, shape: Shape) -> nn.Module:
        return nn.AvgPool2d(*self._window())

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, *[window(*self._window())] * 2)

    def _window(self) -> tuple[int, int]:
        return self.kernel_size, self.stride or self.kernel_size
