from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, Spot, new, put
from explorer.results.shape import Shape


@FIXES.register("insert_units")
class InsertUnits(Fix):
    """Put a layer in front that makes as many units as the layer can share out evenly, or as a block's layers end in."""

    change: ClassVar[int] = 18

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if misfit.layer is None or misfit.before.vocabulary:
            return
        often = misfit.layer.copies() > 1  # to make every copy narrower would change more
        for units in (*_multiples(misfit.layer, misfit.before.units), *_of_the_ends(misfit)):
            edit = put(Spot(misfit.layer, misfit.before, "before it"), _making(units, misfit.before), self.change - 7 * often)
            what = "filters" if misfit.before.is_image else "units"
            yield replace(edit, title=edit.title.replace(" before", f" of {units} {what} before"), about="units")


def _making(units: int, shape: Shape) -> tuple[LayerSpec, ...]:
    """A layer that only changes how many units `shape` has."""
    if shape.is_image:
        return new("conv2d", out_channels=units, kernel_size=1)
    return new("linear", out_features=units)


def _multiples(layer: LayerSpec, units: int) -> Iterator[int]:
    """The next number of units that a setting of the layer divides."""
    for name, field in type(layer).model_fields.items():
        value = getattr(layer, name)
        if layer.mixes and field.annotation is int and value > 1 and units % value:
            yield -(-units // value) * value


def _of_the_ends(misfit: Misfit) -> Iterator[int]:
    for end in misfit.body_ends():
        if end != misfit.before and end.axes == misfit.before.axes:
            yield end.units
