from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.window import IMAGE
from explorer.results.shape import Shape


class PixelsInARow(nn.Module):
    """(B, C, H, W) -> (B, H W, C)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).transpose(1, 2)


@LAYERS.register("pixels_to_sequence")
class PixelsToSequence(LayerSpec):
    """Reads an image pixel by pixel, row by row: each pixel is a step and its channels are the features.

    (channels, H, W) -> (H x W, channels). After a Conv2d whose stride is its kernel, every step is a patch of the image.
    Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020.
    """

    group: ClassVar[str] = "sequence"
    formula: ClassVar[str] = r"y[W u + v,\, c] = x_c[u, v]"
    use: ClassVar[str] = (
        "Between the patches and the transformer blocks of a vision transformer. "
        "Make patches first: attention over every single pixel of a large image costs too much."
    )
    specimen: ClassVar[str] = "maps"
    rearranges: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.is_image:
            raise self.misfit(IMAGE, shape, "Use a Reshape layer.")
        channels, height, width = shape.sizes
        return Shape.sequence(height * width, channels)

    def build(self, shape: Shape) -> nn.Module:
        return PixelsInARow()
