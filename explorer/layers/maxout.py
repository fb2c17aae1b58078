from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.linear import features_of
from explorer.results.shape import Shape


class LargestPiece(nn.Module):
    """(..., features) -> (..., units): the largest of the `pieces` linear functions of each unit."""

    def __init__(self, features: int, units: int, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces
        self.linear = nn.Linear(features, units * pieces)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x).unflatten(-1, (-1, self.pieces)).amax(-1)


@LAYERS.register("maxout")
class Maxout(LayerSpec):
    """Each unit is the largest of several linear functions: it learns the shape of its own activation.

    (..., features) -> (..., out_features). Needs no activation after it.
    Source: Goodfellow et al., "Maxout Networks", 2013.
    """

    formula: ClassVar[str] = r"y_j = \max_k \Big( \sum_i w_{jki}\, x_i + b_{jk} \Big)"
    use: ClassVar[str] = (
        "Instead of a Linear layer with its activation, in feed-forward networks with Dropout. "
        "It has as many times more weights as it has pieces."
    )
    mixes: ClassVar[bool] = True
    edge_weights: ClassVar[bool] = False
    unit_field: ClassVar[str] = "out_features"

    out_features: int = Field(8, ge=1, le=1_000_000, description="number of units")
    pieces: int = Field(2, ge=1, le=64, description="linear functions of each unit, of which the largest counts")

    def output_shape(self, shape: Shape) -> Shape:
        features_of(self, shape)
        return shape.resized(self.out_features)

    def build(self, shape: Shape) -> nn.Module:
        return LargestPiece(features_of(self, shape), self.out_features, self.pieces)
