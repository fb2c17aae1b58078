from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape


@LAYERS.register("embedding")
class Embedding(LayerSpec):
    """Looks every token up in a table of learned vectors: names become points that can be near or far from each other.

    (T,) tokens -> (T, out_features). The table has a row for each token of the vocabulary.
    """

    group: ClassVar[str] = "sequence"
    formula: ClassVar[str] = r"y[t] = E_{x[t]}"
    use: ClassVar[str] = (
        "The first layer for text, or for any other names that are given as numbers. Not for amounts, whose size says something already."
    )
    mixes: ClassVar[bool] = True
    edge_weights: ClassVar[bool] = False
    unit_field: ClassVar[str] = "out_features"

    out_features: int = Field(8, ge=1, le=1_000_000, description="numbers that stand for each token")

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.vocabulary:
            raise self.misfit("token numbers", shape, "Leave it out, or use a Linear layer: these are amounts already.")
        return Shape.sequence(shape.numel, self.out_features)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Embedding(shape.vocabulary, self.out_features)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN,)
