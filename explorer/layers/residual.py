from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.errors import ShapeError
from explorer.experiment.network import LAYERS, AnyLayer, LayerSpec, shapes_through
from explorer.layers.activation import require_numbers
from explorer.layers.chain import Chain, build_chain
from explorer.results.shape import Shape


class AddToInput(nn.Module):
    """x + body(x)."""

    def __init__(self, body: Chain) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


@LAYERS.register("residual")
class Residual(LayerSpec):
    """Adds what its layers compute to what went in, so that signals and gradients have a way past them.

    Source: He et al., "Deep Residual Learning for Image Recognition", 2015.
    """

    group: ClassVar[str] = "block"
    formula: ClassVar[str] = r"y = x + f(x)"
    use: ClassVar[str] = (
        "Around two convolutions in ResNet, and around each half of a transformer block; networks of 20 layers and more learn with it. "
        "Two or three layers do not need it."
    )
    specimen: ClassVar[str] = "features"
    joins: ClassVar[str] = "skip"

    body: tuple[AnyLayer, ...] = Field(
        default_factory=lambda: (LAYERS["relu"](),),
        min_length=1,
        description="layers on the way beside the shortcut; together they keep the shape",
    )

    def output_shape(self, shape: Shape) -> Shape:
        return require_kept_shape(self, self.body, shape)

    def build(self, shape: Shape) -> nn.Module:
        return AddToInput(build_chain(self.body, shape))

    def bodies(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return (self.body,)

    def with_bodies(self, bodies: tuple[tuple[LayerSpec, ...], ...]) -> LayerSpec:
        return self.model_copy(update={"body": bodies[0]})


def require_kept_shape(layer: LayerSpec, body: tuple[LayerSpec, ...], shape: Shape) -> Shape:
    """The same shape. Raises ShapeError where the layers of a block end in another, so that they cannot be added to its input."""
    require_numbers(layer, shape)
    last = shapes_through(body, shape)[-1]
    if last != shape:
        raise ShapeError(
            f"{layer.title()} takes layers that keep the shape, but its input has shape {shape} and its layers end in {last}. {_fix(shape)}"
        )
    return shape


def _fix(shape: Shape) -> str:
    if shape.is_image:
        return f"End them with a Conv2d of {shape.sizes[0]} filters, stride 1 and a padding of half the kernel (kernel 3, padding 1)."
    return f"End them with a Linear layer of {shape.sizes[-1]} units."
