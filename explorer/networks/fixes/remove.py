from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LayerSpec, NetworkSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit

EARLIER = 3  # layers before the misfit that are tried


@FIXES.register("remove")
class Remove(Fix):
    """Take the layer away, or one before it, or in it, that only changes the shape."""

    change: ClassVar[int] = 50

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        layer, rows = misfit.layer, [set(ids) for ids in _rows(misfit.spec)]
        if layer is not None and {layer.id} not in rows:
            yield Edit("Remove it", layer.id, (), layer.id, self.change)
        for other in (*_shapers_before(misfit), *_held(layer)):
            if {other.id} not in rows:
                place = misfit.spec.place(other.id)
                change = self.change - (35 if other.rearranges else 15 if misfit.at_end else -2)
                yield Edit(f"Remove {place[0].lower()}{place[1:]}", other.id, (), other.id, change)


def _shapers_before(misfit: Misfit) -> list[LayerSpec]:
    passed = [one.layer for one in misfit.passed if one.after != one.before and not one.layer.mixes and not one.layer.bodies()]
    return passed[:EARLIER]


def _held(block: LayerSpec | None) -> Iterator[LayerSpec]:
    """The plain layers without units that a block holds: those that could change its shape."""
    for body in block.bodies() if block else ():
        yield from (layer for layer in body if not layer.mixes and not layer.elementwise and not layer.bodies())


def _rows(spec: NetworkSpec) -> Iterator[list[str]]:
    """The ids in every row that must not become empty."""
    yield [layer.id for layer in spec.layers]
    for layer in spec.walk():
        if len(layer.bodies()) == 1:
            yield [inner.id for inner in layer.bodies()[0]]
