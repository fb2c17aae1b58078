from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, new, put
from explorer.results.shape import Shape

Row = tuple[LayerSpec, ...]


@FIXES.register("insert_reshape")
class InsertReshape(Fix):
    """Lay the same numbers out as an image or as a sequence, in sizes that divide."""

    change: ClassVar[int] = 22

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        for spot in misfit.spots():
            for extra, layers in _layouts(spot.shape, misfit):
                edit = put(spot, layers, self.change + extra)
                laid_out = layers[0].output_shape(spot.shape)
                yield replace(edit, title=edit.title.replace("Reshape", f"Reshape to {laid_out}", 1), about=str(laid_out.axes))


def _layouts(shape: Shape, misfit: Misfit) -> Iterator[tuple[int, Row]]:
    """How much more change it is, and the layer: as the numbers lay before, rows of a picture as steps, a square, number by number.

    What layers have made of the data makes no sense as steps of their own.
    """
    if shape.vocabulary:
        return
    for known in (misfit.wanted, *(passed.before for passed in misfit.passed)):
        if known.numel == shape.numel and known != shape and reshape_to(known):
            yield 0, reshape_to(known)
    if shape.is_image and shape.sizes[0] == 1:
        yield 0, new("reshape", to="sequence", units=shape.sizes[2])
    if shape.is_flat:
        yield from ((2, square) for square in _squares(shape.numel))
    if shape.is_flat and shape == misfit.input:
        yield 4, new("reshape", to="sequence", units=1)
    if len(shape.axes) == 2 and shape == misfit.input:
        yield 15, new("reshape", to="image", units=1, height=shape.sizes[0])


def reshape_to(shape: Shape) -> Row:
    """The layer that lays numbers out in this shape; none for a flat one."""
    if shape.is_image:
        height = 0 if shape.sizes[1] == shape.sizes[2] else shape.sizes[1]
        return new("reshape", to="image", units=shape.units, height=height)
    return new("reshape", to="sequence", units=shape.units) if len(shape.axes) == 2 else ()


def _squares(numbers: int) -> Iterator[Row]:
    """A grey picture, one of three colours, or else the largest square there is."""
    sides = [side for side in range(math.isqrt(numbers), 1, -1) if numbers % side**2 == 0]
    channels = [numbers // side**2 for side in sides]
    for units in dict.fromkeys((*(few for few in (1, 3) if few in channels), *channels[:1])):
        yield new("reshape", to="image", units=units)
