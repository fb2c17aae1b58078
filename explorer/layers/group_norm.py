from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.reach import EVERYTHING, Reach
from explorer.results.shape import Shape


@LAYERS.register("group_norm")
class GroupNorm(LayerSpec):
    """Shifts and scales groups of channels of each example to mean 0 and deviation 1, whatever else is in the batch.

    Then every channel learns its own shift and scale.
    Source: Wu and He, "Group Normalization", 2018.
    """

    group: ClassVar[str] = "normalisation"
    label: ClassVar[str] = "GroupNorm"
    formula: ClassVar[str] = r"y_c = \gamma_c \frac{x_c - \mu_{g(c)}}{\sqrt{\sigma_{g(c)}^2 + \epsilon}} + \beta_c"
    use: ClassVar[str] = (
        "Instead of BatchNorm where batches are small, as with large images. With large batches BatchNorm is usually a little better."
    )
    specimen: ClassVar[str] = "maps"

    groups: int = Field(1, ge=1, le=1_000_000, description="into how many groups the channels are divided, evenly")

    def output_shape(self, shape: Shape) -> Shape:
        require_numbers(self, shape)
        if not (shape.is_image or shape.is_flat):
            raise self.misfit("an image or a vector of features", shape, "Use LayerNorm.")
        if shape.units % self.groups:
            what = "channels" if shape.is_image else "features"
            raise self.misfit(f"a multiple of {self.groups} {what}", shape, f"Use a number of groups that divides {shape.units}.")
        if shape.numel == self.groups:
            raise self.misfit("groups of at least 2 numbers", shape, "Use fewer groups, or leave it out.")
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return nn.GroupNorm(self.groups, shape.units)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING,) * len(shape.axes)
