from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar, Literal, get_args, get_origin

from explorer.errors import ShapeError
from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, with_field, words
from explorer.results.shape import Shape

NEAR = 32  # values tried on either side of the present one
FITTING = 6  # values tried in the whole network


@FIXES.register("set_field")
class SetField(Fix):
    """Set one field of the layer to the nearest value with which it fits."""

    change: ClassVar[int] = 10

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        layer = misfit.layer
        if layer is None:
            return
        for name in type(layer).model_fields:
            change = self.change + (10 if layer.bodies() else 0)  # what a block does is more than a setting
            for extra, other in enumerate(islice(_fitting(layer, name, misfit.before), FITTING)):
                title = f"Set {words(name)} to {getattr(other, name)}"
                yield Edit(title, layer.id, (other,), name, change + extra)


def _fitting(layer: LayerSpec, name: str, shape: Shape) -> Iterator[LayerSpec]:
    for value in _values(layer, name, shape):
        other = with_field(layer, **{name: value}) if _fits(layer.model_copy(update={name: value}), shape) else None
        if other is not None and not (name == "kernel_size" and value == 1 and not layer.mixes):  # a window of one pixel does nothing
            yield other


def _fits(layer: LayerSpec, shape: Shape) -> bool:
    try:
        layer.output_shape(shape)
    except (ShapeError, ArithmeticError, ValueError):
        return False
    return True


def _values(layer: LayerSpec, name: str, shape: Shape) -> list[Any]:
    """Other values of a choice, or whole numbers nearby and divisors of what reaches the layer, the nearest first."""
    annotation, value = type(layer).model_fields[name].annotation, getattr(layer, name)
    if get_origin(annotation) is Literal:
        return [other for other in get_args(annotation) if other != value]
    if annotation is not int or name == layer.unit_field:
        return []
    nearby = set(range(max(0, value - NEAR), value + NEAR + 1)) | _divisors(shape.numel)
    return sorted(nearby - {value}, key=lambda other: abs(other - value))


def _divisors(number: int) -> set[int]:
    return {one for small in range(1, 65) if number % small == 0 for one in (small, number // small)}
