from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.errors import ShapeError
from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.linear import features_of
from explorer.results.shape import Shape


@LAYERS.register("output")
class Output(LayerSpec):
    """A linear layer with as many units as the task asks for: one per class or per number to predict.

    (..., features) -> (..., out_features). Two classes need a single unit: the score of the second class.
    """

    formula: ClassVar[str] = r"y_j = \sum_i w_{ji}\, x_i + b_j"
    use: ClassVar[str] = (
        "The last layer of nearly every network here, since its width follows the task. "
        "Put no activation after it: the loss contains what is needed."
    )
    mixes: ClassVar[bool] = True

    out_features: int = Field(0, ge=0, le=1_000_000, description="number of outputs; 0 means as many as the task needs")
    bias: bool = Field(True, description="whether every output adds a learned constant")

    def resolved(self, output: Shape) -> LayerSpec:
        return self if self.out_features else self.model_copy(update={"out_features": output.sizes[-1]})

    def output_shape(self, shape: Shape) -> Shape:
        features_of(self, shape)
        if not self.out_features:
            raise ShapeError("Output has 0 units: its width comes from the task, and there is none yet. Set out_features to try it alone.")
        return Shape(shape.axes, (*shape.sizes[:-1], self.out_features))

    def build(self, shape: Shape) -> nn.Module:
        return nn.Linear(features_of(self, shape), self.output_shape(shape).sizes[-1], bias=self.bias)
