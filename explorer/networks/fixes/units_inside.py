from __future__ import annotations

from typing import ClassVar

from explorer.networks.fixes.base import FIXES, with_field, words
from explorer.networks.fixes.bodies import BodyFix, Row
from explorer.results.shape import Shape


@FIXES.register("units_inside")
class UnitsInside(BodyFix):
    """Give the last layer of a block that has units as many as there must be at the block's end."""

    change: ClassVar[int] = 12

    def toward(self, body: Row, shape: Shape, target: Shape) -> tuple[str, Row] | None:
        at = next((number for number in reversed(range(len(body))) if body[number].unit_field), None)
        if at is None:
            return None
        layer = body[at]
        other = with_field(layer, **{layer.unit_field: target.units // _doubled(layer)})
        if other is None or other == layer:
            return None
        title = f"set {words(layer.unit_field)} of {layer.title()} to {getattr(other, layer.unit_field)}"
        return title, (*body[:at], other, *body[at + 1 :])


def _doubled(layer: object) -> int:
    """2 for a layer that puts out twice its units, one half for each direction."""
    return 2 if getattr(layer, "bidirectional", False) else 1
