from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.experiment.record import live
from explorer.layers.window import IMAGE
from explorer.results.shape import Shape


@LAYERS.register("spatial_dropout2d")
class SpatialDropout2d(LayerSpec):
    """Sets whole channels of an image to 0 at random while training: neighbouring pixels would give single ones away.

    The other channels are divided by 1 - p, which keeps the mean; when it is not training, everything passes unchanged.
    Source: Tompson et al., "Efficient Object Localization Using Convolutional Networks", 2014.
    """

    group: ClassVar[str] = "regularisation"
    label: ClassVar[str] = "Spatial dropout 2d"
    formula: ClassVar[str] = r"y_c = \frac{m_c}{1 - p}\, x_c,\quad m_c \sim \mathrm{Bernoulli}(1 - p)"
    use: ClassVar[str] = (
        "Between convolutions, where Dropout of single pixels has little effect. Too strong where there are only a few channels."
    )
    specimen: ClassVar[str] = "maps"

    p: float = live(0.2, title="Share dropped", ge=0, le=0.95, description="share of the channels set to 0 in each training step")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Use Dropout.")
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return nn.Dropout2d(self.p)

    def adjust(self, module: nn.Module) -> None:
        assert isinstance(module, nn.Dropout2d)
        module.p = self.p
