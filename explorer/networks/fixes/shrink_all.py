from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, with_field
from explorer.networks.fixes.budget import powers_of_two_below, small_enough


@FIXES.register("shrink_all")
class ShrinkAll(Fix):
    """Give no layer more units than the largest power of two with which the network is within the limits."""

    shrinks: ClassVar[bool] = True
    change: ClassVar[int] = 30

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        wide = [layer for layer in misfit.spec.walk() if layer.unit_field] if misfit.too_large else []
        for most in powers_of_two_below(max(map(_units, wide), default=0)):
            narrower = _at_most(wide, most)
            if small_enough(misfit, *narrower):
                first, *others = narrower
                also = tuple((layer.id, (layer,)) for layer in others)
                yield Edit(f"Give no layer more than {most:,} units", first.id, (first,), "", self.change, also)
                return


def _at_most(layers: list[LayerSpec], units: int) -> list[LayerSpec]:
    """Those that have more units, with as many as this."""
    return [other for layer in layers if _units(layer) > units and (other := with_field(layer, **{layer.unit_field: units}))]


def _units(layer: LayerSpec) -> int:
    return getattr(layer, layer.unit_field)
