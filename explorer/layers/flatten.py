from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.shape import Shape


@LAYERS.register("flatten")
class Flatten(LayerSpec):
    """Lays an image or a sequence out as one long vector, ready for a Linear layer.

    (channels, H, W) -> (channels x H x W features,).
    """

    formula: ClassVar[str] = r"y = (x_1, x_2, \dots, x_n)"
    use: ClassVar[str] = (
        "Between the convolutions of LeNet or VGG and the linear layers after them. "
        "Global pooling instead makes far fewer weights, but forgets where things are."
    )
    rearranges: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        return Shape.features(require_numbers(self, shape).numel)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Flatten()
