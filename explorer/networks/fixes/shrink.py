from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.errors import ExplorerError
from explorer.experiment.network import LayerSpec, NetworkSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, with_field, words
from explorer.networks.fixes.budget import small_enough, totals, within

SAMPLES = (16, 32, 48)  # numbers of units that are measured; what they cost lies on a parabola


@FIXES.register("shrink")
class Shrink(Fix):
    """Give the layer that takes most the largest power of two of units with which the network is within the limits.

    A layer without units gets smaller settings, a block fewer copies.
    """

    shrinks: ClassVar[bool] = True
    change: ClassVar[int] = 10

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if not misfit.too_large:
            return
        if misfit.layer is not None:
            way = self._fewer_units if misfit.layer.unit_field else self._smaller_settings
            yield from way(misfit.layer, misfit)
        for block in misfit.spec.walk():
            if block.copies() > 1:
                yield from self._fewer_copies(block, misfit)

    def _fewer_units(self, layer: LayerSpec, misfit: Misfit) -> Iterator[Edit]:
        units = _largest(layer, misfit)
        other = with_field(layer, **{layer.unit_field: units}) if units else None
        if other is not None:
            yield Edit(f"Set {words(layer.unit_field)} to {units:,}", layer.id, (other,), "units", self.change)

    def _smaller_settings(self, layer: LayerSpec, misfit: Misfit) -> Iterator[Edit]:
        for name, field in type(layer).model_fields.items():
            value = getattr(layer, name) if field.annotation is int else 0
            for smaller in (value // 2, value // 4, value // 8):
                other = with_field(layer, **{name: smaller}) if smaller else None
                if other is not None and small_enough(misfit.spec.replaced(layer.id, other), misfit):
                    yield Edit(f"Set {words(name)} to {smaller}", layer.id, (other,), name, self.change)
                    break

    def _fewer_copies(self, block: LayerSpec, misfit: Misfit) -> Iterator[Edit]:
        for extra, times in enumerate((block.copies() // 2, block.copies() // 8)):
            other = with_field(block, times=times) if times else None
            if other is not None:
                title = f"Repeat {times} time{'s' if times > 1 else ''} instead of {block.copies()}"
                yield Edit(title, block.id, (other,), block.id, self.change + 1 + extra)


def _largest(layer: LayerSpec, misfit: Misfit) -> int:
    """The largest power of two below the present units with which the network is within the limits; 0 if there is none."""
    present = getattr(layer, layer.unit_field)
    try:
        samples = [totals(_with_units(misfit.spec, layer, units), misfit) for units in SAMPLES]
    except (ExplorerError, RuntimeError):  # another layer is too large even for the sizes that torch can count
        return 0
    if within(_expected(samples, present)):
        return 0
    units = 1 << (present.bit_length() - 1)
    while units and not within(_expected(samples, units)):
        units //= 2
    return units


def _with_units(spec: NetworkSpec, layer: LayerSpec, units: int) -> NetworkSpec:
    return spec.replaced(layer.id, layer.model_copy(update={layer.unit_field: units}))


def _expected(samples: list[tuple[int, ...]], units: int) -> tuple[float, ...]:
    """The totals with this many units."""
    return tuple(_parabola(values, units) for values in zip(*samples, strict=True))


def _parabola(values: tuple[int, ...], x: float) -> float:
    """The parabola through the values at SAMPLES, at `x` (Lagrange's formula)."""
    (a, b, c), (p, q, r) = SAMPLES, values
    return (
        p * (x - b) * (x - c) / ((a - b) * (a - c))
        + q * (x - a) * (x - c) / ((b - a) * (b - c))
        + r * (x - a) * (x - b) / ((c - a) * (c - b))
    )
