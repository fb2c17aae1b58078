from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("rms_norm")
class RMSNorm(LayerSpec):
    """Divides each example by the root of its mean square, then learns a scale per number: LayerNorm without the shift.

    Over the features of a vector or of each time step; over the whole of an image.
    Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
    """

    group: ClassVar[str] = "normalisation"
    label: ClassVar[str] = "RMSNorm"
    formula: ClassVar[str] = r"y_j = \gamma_j \frac{x_j}{\sqrt{\frac{1}{n} \sum_i x_i^2 + \epsilon}}"
    use: ClassVar[str] = (
        "Instead of LayerNorm in newer language models such as LLaMA: a little cheaper and about as good. "
        "Not where the mean of the numbers should be taken away."
    )
    specimen: ClassVar[str] = "series"

    def output_shape(self, shape: Shape) -> Shape:
        return require_numbers(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        return nn.RMSNorm(list(shape.sizes if shape.is_image else shape.sizes[-1:]))

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING,) * 3 if shape.is_image else (*[OWN] * (len(shape.axes) - 1), EVERYTHING)
