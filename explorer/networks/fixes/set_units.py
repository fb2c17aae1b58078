from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, new, with_field, words


@FIXES.register("set_units")
class SetUnits(Fix):
    """Give the last layer that has units as many as the task wants, or put an Output layer in its place."""

    change: ClassVar[int] = 12

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if not misfit.at_end:
            return
        last = next((passed.layer for passed in misfit.passed if passed.layer.mixes), None)
        if last is None:
            return
        yield from self._of_output(last)
        yield from self._of_units(last, misfit)

    def _of_output(self, last: LayerSpec) -> Iterator[Edit]:
        free = new("output", id=last.id)
        if free and type(free[0]) is type(last):
            yield Edit("Let Output take its number of outputs from the task", last.id, free, "units", self.change - 2)

    def _of_units(self, last: LayerSpec, misfit: Misfit) -> Iterator[Edit]:
        other = with_field(last, **{last.unit_field: misfit.wanted.units}) if last.unit_field else None
        if other is not None:
            place = "" if misfit.passed[0].layer is last else f" of {last.title()}"
            title = f"Set {words(last.unit_field)}{place} to {misfit.wanted.units}"
            yield Edit(title, last.id, (other,), "units", self.change if not place else 24)
        if last.unit_field == "out_features":
            yield Edit(f"Replace {last.title()} by Output", last.id, new("output"), "output", 25)
