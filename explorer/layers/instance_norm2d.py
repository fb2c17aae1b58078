from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("instance_norm2d")
class InstanceNorm2d(LayerSpec):
    """Shifts and scales every channel of each image by itself to mean 0 and deviation 1: its contrast is gone.

    Then every channel learns its own shift and scale.
    Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016.
    """

    group: ClassVar[str] = "normalisation"
    label: ClassVar[str] = "InstanceNorm 2d"
    formula: ClassVar[str] = r"y_c = \gamma_c \frac{x_c - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c"
    use: ClassVar[str] = (
        "In networks that change the style of pictures. Not where brightness or contrast matter for the answer: it takes them away."
    )
    specimen: ClassVar[str] = "maps"

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Use LayerNorm.")
        if shape.sizes[1:] == (1, 1):
            raise self.misfit("an image of more than one pixel", shape, "Use LayerNorm.")
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return nn.InstanceNorm2d(shape.sizes[0], affine=True)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, EVERYTHING, EVERYTHING)
