from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE
from explorer.results.shape import Shape


@LAYERS.register("batch_norm2d")
class BatchNorm2d(LayerSpec):
    """Shifts and scales every channel to mean 0 and deviation 1 over the batch, then learns its own shift and scale.

    When it is not training it uses running means instead, so that an example's answer depends on nothing else.
    Source: Ioffe and Szegedy, "Batch Normalization", 2015.
    """

    group: ClassVar[str] = "normalisation"
    label: ClassVar[str] = "BatchNorm 2d"
    formula: ClassVar[str] = r"y_c = \gamma_c \frac{x_c - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c"
    use: ClassVar[str] = (
        "Between a convolution and its activation, as everywhere in ResNet. For batches below about 16 its means are rough: use GroupNorm."
    )
    specimen: ClassVar[str] = "maps"
    smallest_batch: ClassVar[int] = 2

    momentum: float = Field(0.1, gt=0, le=1, description="share of each batch that enters the running mean and variance")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Use BatchNorm 1d." if shape.is_flat else "Use LayerNorm.")
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return nn.BatchNorm2d(shape.sizes[0], momentum=self.momentum)
