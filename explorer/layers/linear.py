from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.results.shape import Shape


def features_of(layer: LayerSpec, shape: Shape) -> int:
    """How many features arrive along the last axis. Raises ShapeError where there are none."""
    if shape.vocabulary:
        raise layer.misfit("features", shape, f"These are token numbers below {shape.vocabulary}: put an Embedding layer before it.")
    if shape.axes[-1] != "features":
        raise layer.misfit("a vector of features", shape, "Put a Flatten layer before it.")
    return shape.sizes[-1]


@LAYERS.register("linear")
class Linear(LayerSpec):
    """Joins every input to every unit by a weight of its own, and adds a bias.

    (..., features) -> (..., out_features); a sequence is treated step by step with the same weights.
    """

    formula: ClassVar[str] = r"y_j = \sum_i w_{ji}\, x_i + b_j"
    use: ClassVar[str] = (
        "The whole of feed-forward networks and the last part of most others. "
        "On large images it needs very many weights; put convolutions before it."
    )
    mixes: ClassVar[bool] = True
    unit_field: ClassVar[str] = "out_features"

    out_features: int = Field(8, ge=1, le=1_000_000, description="number of units, each with one weight per input")
    bias: bool = Field(True, description="whether every unit adds a learned constant")

    def output_shape(self, shape: Shape) -> Shape:
        features_of(self, shape)
        return Shape(shape.axes, (*shape.sizes[:-1], self.out_features))

    def build(self, shape: Shape) -> nn.Module:
        return nn.Linear(features_of(self, shape), self.out_features, bias=self.bias)
