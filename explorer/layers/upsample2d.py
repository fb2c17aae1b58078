from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE, stamped
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("upsample2d")
class Upsample2d(LayerSpec):
    """Makes an image larger, by repeating its pixels or by blending between them; nothing is learned.

    (channels, H, W) -> (channels, factor x H, factor x W).
    """

    group: ClassVar[str] = "convolution"
    label: ClassVar[str] = "Upsample 2d"
    formula: ClassVar[str] = r"y_c[u, v] = x_c[\lfloor u / f \rfloor,\, \lfloor v / f \rfloor]"
    use: ClassVar[str] = (
        "In decoders and in U-Net, followed by a Conv2d that adds the details. "
        "It leaves no checkerboard as ConvTranspose2d may, but learns nothing itself."
    )

    factor: int = Field(2, ge=1, le=16, description="how many times higher and wider the image becomes")
    mode: Literal["nearest", "bilinear"] = Field("nearest", description="nearest repeats pixels; bilinear blends neighbours")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Leave it out: there are no pixels to enlarge.")
        channels, height, width = shape.sizes
        return Shape.image(channels, self.factor * height, self.factor * width)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Upsample(scale_factor=self.factor, mode=self.mode)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, *[stamped(self._stamp(), self.factor, (self._stamp() - self.factor + 1) // 2)] * 2)

    def _stamp(self) -> int:
        """Over how many pixels of the output one of the input spreads: bilinear is a tent, which is 0 at its ends."""
        return self.factor if self.mode == "nearest" else 2 * self.factor - self.factor % 2
