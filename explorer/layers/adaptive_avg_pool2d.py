from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("adaptive_avg_pool2d")
class AdaptiveAvgPool2d(LayerSpec):
    """Divides an image of any size into a fixed number of patches and keeps the mean of each.

    (channels, H, W) -> (channels, size, size). What follows no longer depends on the size of the image.
    """

    group: ClassVar[str] = "pooling"
    label: ClassVar[str] = "Adaptive AvgPool 2d"
    formula: ClassVar[str] = r"y_c[u, v] = \operatorname{mean}\; x_c[\text{patch } u, v]"
    use: ClassVar[str] = (
        "Before the linear layers of a network that takes images of several sizes, as in torchvision's VGG. "
        "With images of one size AvgPool does the same."
    )

    size: int = Field(2, ge=1, le=256, description="height and width of the output, patches")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Leave it out: there are no pixels to average.")
        return Shape.image(shape.sizes[0], self.size, self.size)

    def build(self, shape: Shape) -> nn.Module:
        return nn.AdaptiveAvgPool2d(self.size)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, *(Reach(window=size, stride=size, per=self.size) for size in shape.sizes[1:]))
