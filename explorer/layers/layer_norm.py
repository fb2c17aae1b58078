from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("layer_norm")
class LayerNorm(LayerSpec):
    """Shifts and scales each example by itself to mean 0 and deviation 1, then learns a shift and scale per number.

    Over the features of a vector or of each time step; over the whole of an image.
    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """

    group: ClassVar[str] = "normalisation"
    label: ClassVar[str] = "LayerNorm"
    formula: ClassVar[str] = r"y_j = \gamma_j \frac{x_j - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_j"
    use: ClassVar[str] = (
        "In every transformer, before attention and before the linear layers, and in recurrent networks. "
        "Between convolutions BatchNorm and GroupNorm are more usual."
    )
    specimen: ClassVar[str] = "series"

    def output_shape(self, shape: Shape) -> Shape:
        return require_numbers(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        return nn.LayerNorm(list(shape.sizes if shape.is_image else shape.sizes[-1:]))

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING,) * 3 if shape.is_image else (*[OWN] * (len(shape.axes) - 1), EVERYTHING)
