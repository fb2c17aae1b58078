from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.shape import Shape


@LAYERS.register("reshape")
class Reshape(LayerSpec):
    """Lays the same numbers, in the same order, out as a sequence or as an image.

    As a sequence: (n / units steps, units features). As an image: (units channels, H, W), square unless its height is given.
    """

    group: ClassVar[str] = "sequence"
    formula: ClassVar[str] = r"y = (x_1, x_2, \dots, x_n)"
    use: ClassVar[str] = (
        "Between a Linear layer and the ConvTranspose2d layers of a generator, or to read a vector as a series. "
        "Pointless where neighbours have nothing to do with each other."
    )
    specimen: ClassVar[str] = "features"
    rearranges: ClassVar[bool] = True

    to: Literal["sequence", "image"] = Field("sequence", description="what the numbers are laid out as")
    units: int = Field(1, ge=1, le=1_000_000, description="features of each step of the sequence, or channels of the image")
    height: int = Field(0, ge=0, le=1_000_000, description="height of the image, pixels; 0 means a square")

    def output_shape(self, shape: Shape) -> Shape:
        rest = require_numbers(self, shape).numel // self.units
        if rest * self.units != shape.numel:
            what = "features" if self.to == "sequence" else "channels"
            raise self.misfit(f"a multiple of {self.units} numbers", shape, f"Choose a number of {what} that divides {shape.numel}.")
        return Shape.sequence(rest, self.units) if self.to == "sequence" else self._image(shape, rest)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Unflatten(1, self.output_shape(shape).sizes))

    def _image(self, shape: Shape, pixels: int) -> Shape:
        height = self.height or math.isqrt(pixels)
        if height * (pixels // height) != pixels or not (self.height or height * height == pixels):
            what = f"channels of a multiple of {height} pixels" if self.height else "channels that are square images"
            raise self.misfit(what, shape, f"Choose a height that divides the {pixels} pixels of each channel.")
        return Shape.image(self.units, height, pixels // height)
