from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


class MaxOverPixels(nn.Module):
    """(B, C, H, W) -> (B, C)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax(dim=(2, 3))


@LAYERS.register("global_max_pool2d")
class GlobalMaxPool2d(LayerSpec):
    """Replaces every channel by its largest pixel: whether a pattern is there at all, wherever it is.

    (channels, H, W) -> (channels features,), for images of any size.
    """

    group: ClassVar[str] = "pooling"
    label: ClassVar[str] = "Global MaxPool 2d"
    formula: ClassVar[str] = r"y_c = \max_{u, v} x_c[u, v]"
    use: ClassVar[str] = (
        "To ask whether a pattern occurs anywhere in an image. "
        "Only the strongest pixel of each channel learns, so that Global AvgPool is the more usual choice."
    )
    specimen: ClassVar[str] = "maps"

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Leave it out: there are no pixels to choose from.")
        return Shape.features(shape.sizes[0])

    def build(self, shape: Shape) -> nn.Module:
        return MaxOverPixels()

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, EVERYTHING, EVERYTHING)
