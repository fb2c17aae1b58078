from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import nn

from explorer.errors import ShapeError
from explorer.experiment.network import LAYERS, AnyLayer, LayerSpec, shapes_through
from explorer.layers.chain import build_chain
from explorer.results.shape import Shape


@LAYERS.register("repeat")
class Repeat(LayerSpec):
    """Puts the same layers one after another several times, each time with weights of their own."""

    group: ClassVar[str] = "block"
    formula: ClassVar[str] = r"y = f_n(\dots f_2(f_1(x)))"
    use: ClassVar[str] = (
        "For designs that are stacked, such as the blocks of a transformer or a ResNet. "
        "Where the copies should differ, put them one by one."
    )
    specimen: ClassVar[str] = "features"

    times: int = Field(2, ge=1, le=100, description="how many times the layers follow one another")
    body: tuple[AnyLayer, ...] = Field(
        default_factory=lambda: (LAYERS["relu"](),), min_length=1, description="the layers that are repeated; together they keep the shape"
    )

    def output_shape(self, shape: Shape) -> Shape:
        last = shapes_through(self.body, shape)[-1]
        if self.times > 1 and last != shape:
            raise ShapeError(
                f"Repeat takes layers that keep the shape, but its input has shape {shape} and its layers end in {last}. "
                "Put the layer that changes the shape in front of the Repeat, or repeat once."
            )
        return last

    def build(self, shape: Shape) -> nn.Module:
        return build_chain(self.body, shape, copies=self.times)

    def copies(self) -> int:
        return self.times

    def bodies(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return (self.body,)

    def with_bodies(self, bodies: tuple[tuple[LayerSpec, ...], ...]) -> LayerSpec:
        return self.model_copy(update={"body": bodies[0]})
