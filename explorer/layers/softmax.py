from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("softmax")
class Softmax(LayerSpec):
    """Turns the features into shares that are positive and add up to 1 (the channels of every pixel, for an image).

    Classification losses already contain it: at the end of a network it slows learning down.
    """

    group: ClassVar[str] = "activation"
    formula: ClassVar[str] = r"y_j = \frac{e^{x_j}}{\sum_i e^{x_i}}"
    use: ClassVar[str] = (
        "To turn scores into shares inside a network, as attention does. Not at the end of a classifier, whose loss contains it already."
    )
    specimen: ClassVar[str] = "features"

    def output_shape(self, shape: Shape) -> Shape:
        return require_numbers(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Softmax(dim=1 + shape.unit_axis)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return tuple(EVERYTHING if axis == shape.unit_axis else OWN for axis in range(len(shape.axes)))
