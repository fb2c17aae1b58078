"""The base of the layers that change every number on its own."""

from __future__ import annotations

from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.results.shape import Shape


def require_numbers(layer: LayerSpec, shape: Shape) -> Shape:
    """The same shape. Raises ShapeError where token numbers arrive, which are names and not amounts."""
    if shape.vocabulary:
        raise layer.misfit("numbers", shape, f"These are token numbers below {shape.vocabulary}: put an Embedding layer before it.")
    return shape


class Activation(LayerSpec):
    """A curve that every number passes through; the shape stays."""

    group: ClassVar[str] = "activation"
    elementwise: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        return require_numbers(self, shape)
