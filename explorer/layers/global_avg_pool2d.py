from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape


class MeanOverPixels(nn.Module):
    """(B, C, H, W) -> (B, C)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=(2, 3))


@LAYERS.register("global_avg_pool2d")
class GlobalAvgPool2d(LayerSpec):
    """Replaces every channel by the mean of its pixels.

    (channels, H, W) -> (channels features,), for images of any size.
    """

    group: ClassVar[str] = "pooling"
    label: ClassVar[str] = "Global AvgPool 2d"
    formula: ClassVar[str] = r"y_c = \frac{1}{H W} \sum_{u, v} x_c[u, v]"
    use: ClassVar[str] = (
        "At the end of the convolutions of ResNet and Inception, instead of Flatten and a large Linear layer. "
        "Not where the answer depends on the place."
    )
    specimen: ClassVar[str] = "maps"

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Leave it out: there are no pixels to average.")
        return Shape.features(shape.sizes[0])

    def build(self, shape: Shape) -> nn.Module:
        return MeanOverPixels()

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, EVERYTHING, EVERYTHING)
