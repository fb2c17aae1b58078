from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, with_field, words
from explorer.networks.fixes.budget import powers_of_two_below, small_enough
from explorer.networks.limits import units_that_fit


@FIXES.register("shrink")
class Shrink(Fix):
    """Give the layer that takes most as many units as the sentence about it says would fit.

    A layer without units gets smaller settings, powers of two, a block fewer copies.
    """

    shrinks: ClassVar[bool] = True
    change: ClassVar[int] = 10

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if misfit.too_large and misfit.layer is not None:
            if misfit.layer.unit_field:
                yield from self._narrower(misfit.layer, misfit)
            else:
                for name in type(misfit.layer).model_fields:
                    yield from self._smaller(misfit.layer, name, misfit)
        for block in misfit.spec.walk() if misfit.too_large else ():
            yield from self._fewer_copies(block)

    def _narrower(self, layer: LayerSpec, misfit: Misfit) -> Iterator[Edit]:
        terms = misfit.terms
        units = units_that_fit(layer.id, misfit.spec, (terms.input, terms.wanted), terms.batch_size, terms.at_once)
        other = with_field(layer, **{layer.unit_field: units}) if units else None
        if other is not None:
            yield Edit(f"Set {words(layer.unit_field)} to {units:,}", layer.id, (other,), layer.unit_field, self.change)

    def _smaller(self, layer: LayerSpec, name: str, misfit: Misfit) -> Iterator[Edit]:
        value = getattr(layer, name) if type(layer).model_fields[name].annotation is int else 0
        for smaller in powers_of_two_below(value):
            other = with_field(layer, **{name: smaller})
            if other is not None and small_enough(misfit, other):
                yield Edit(f"Set {words(name)} to {smaller:,}", layer.id, (other,), name, self.change)
                return

    def _fewer_copies(self, block: LayerSpec) -> Iterator[Edit]:
        for extra, times in enumerate((block.copies() // 2, block.copies() // 8)):
            other = with_field(block, times=times) if times else None
            if other is not None:
                title = f"Repeat {times} time{'s' if times > 1 else ''} instead of {block.copies()}"
                yield Edit(title, block.id, (other,), block.id, self.change + 1 + extra)
