from __future__ import annotations

from typing import ClassVar

from explorer.networks.fixes.base import FIXES, new, titles
from explorer.networks.fixes.bodies import BodyFix, Row
from explorer.results.shape import Shape


@FIXES.register("end_body")
class EndBody(BodyFix):
    """End the layers of a block with a Linear layer, or a Conv2d of single pixels, that makes the right number of units."""

    change: ClassVar[int] = 20

    def toward(self, body: Row, shape: Shape, target: Shape) -> tuple[str, Row] | None:
        if target.is_image:
            layers = new("conv2d", out_channels=target.units, kernel_size=1)
            return f"end with {titles(layers)} of {target.units} filters", (*body, *layers)
        if target.axes[-1] != "features":
            return None
        layers = new("linear", out_features=target.units)
        return f"end with {titles(layers)} of {target.units} units", (*body, *layers)
