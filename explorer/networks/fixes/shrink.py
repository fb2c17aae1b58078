from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.errors import ExplorerError
from explorer.experiment.network import LayerSpec, NetworkSpec
from explorer.networks.cost import describe
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, with_field, words
from explorer.networks.limits import MAX_BYTES, MAX_PARAMETERS, MAX_STEP_FLOPS
from explorer.results.cost import NetworkCost

SAMPLES = (16, 32, 48)  # numbers of units that are measured; what they cost lies on a parabola


@FIXES.register("shrink")
class Shrink(Fix):
    """Give the layer that takes most the largest power of two of units with which the network is within the limits, or repeat less."""

    change: ClassVar[int] = 10

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if not misfit.too_large:
            return
        if misfit.layer is not None and misfit.layer.unit_field:
            yield from self._fewer_units(misfit.layer, misfit)
        for block in misfit.spec.walk():
            if block.copies() > 1:
                yield from self._fewer_copies(block, misfit)

    def _fewer_units(self, layer: LayerSpec, misfit: Misfit) -> Iterator[Edit]:
        units = _largest(layer, misfit)
        other = with_field(layer, **{layer.unit_field: units}) if units else None
        if other is not None:
            yield Edit(f"Set {words(layer.unit_field)} to {units:,}", layer.id, (other,), "units", self.change)

    def _fewer_copies(self, block: LayerSpec, misfit: Misfit) -> Iterator[Edit]:
        for extra, times in enumerate((block.copies() // 2, block.copies() // 8)):
            other = with_field(block, times=times) if times else None
            if other is not None:
                title = f"Repeat {times} time{'s' if times > 1 else ''} instead of {block.copies()}"
                yield Edit(title, block.id, (other,), block.id, self.change + 1 + extra)


def _largest(layer: LayerSpec, misfit: Misfit) -> int:
    """The largest power of two below the present units with which the network is within the limits; 0 if there is none."""
    try:
        costs = [_cost(_with_units(misfit.spec, layer, units), misfit) for units in SAMPLES]
    except ExplorerError:
        return 0
    present = getattr(layer, layer.unit_field)
    if _within(costs, present):
        return 0
    units = 1 << (present.bit_length() - 1)
    while units and not _within(costs, units):
        units //= 2
    return units


def _with_units(spec: NetworkSpec, layer: LayerSpec, units: int) -> NetworkSpec:
    return spec.replaced(layer.id, layer.model_copy(update={layer.unit_field: units}))


def _cost(spec: NetworkSpec, misfit: Misfit) -> NetworkCost:
    return describe(spec, misfit.input, misfit.wanted, misfit.batch_size)


def _within(costs: list[NetworkCost], units: int) -> bool:
    totals = (("training_bytes", MAX_BYTES), ("parameters", MAX_PARAMETERS), ("step_flops", MAX_STEP_FLOPS))
    return all(_parabola([getattr(cost, name) for cost in costs], units) <= limit for name, limit in totals)


def _parabola(values: list[int], x: float) -> float:
    """The parabola through the values at SAMPLES, at `x` (Lagrange's formula)."""
    (a, b, c), (p, q, r) = SAMPLES, values
    return (
        p * (x - b) * (x - c) / ((a - b) * (a - c))
        + q * (x - a) * (x - c) / ((b - a) * (b - c))
        + r * (x - a) * (x - b) / ((c - a) * (c - b))
    )
