from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.results.shape import Shape


@LAYERS.register("batch_norm1d")
class BatchNorm1d(LayerSpec):
    """Shifts and scales every feature to mean 0 and deviation 1 over the batch, then learns its own shift and scale.

    When it is not training it uses running means instead, so that an example's answer depends on nothing else.
    Source: Ioffe and Szegedy, "Batch Normalization", 2015.
    """

    group: ClassVar[str] = "normalisation"
    label: ClassVar[str] = "BatchNorm 1d"
    formula: ClassVar[str] = r"y_j = \gamma_j \frac{x_j - \mu_j}{\sqrt{\sigma_j^2 + \epsilon}} + \beta_j"
    use: ClassVar[str] = (
        "Between a Linear layer and its activation in deep networks, which then bear higher learning rates. "
        "For batches below about 16 use LayerNorm."
    )
    smallest_batch: ClassVar[int] = 2

    momentum: float = Field(0.1, gt=0, le=1, description="share of each batch that enters the running mean and variance")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_flat:
            fix = "Use BatchNorm 2d." if shape.is_image else "Use LayerNorm."
            raise self.misfit("a vector of features", shape, fix)
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return nn.BatchNorm1d(shape.sizes[0], momentum=self.momentum)
