"""One unit, enlarged: its picture, and its formula with today's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe, as_bytes, symmetric_range
from explorer.probes.units import unit_pictures
from explorer.probes.weights import edge_weights, weight_module


@PROBES.register("focus")
class Focus(Probe):
    """The selected unit in full resolution, and the weights, source by source, that make it."""

    def measure(self, look: Look) -> Measured:
        if look.view.focus is None:
            return {"focus": None}, {}
        number, unit = look.view.focus
        if not (0 <= number < len(look.columns) and 0 <= unit < look.columns[number].shown and number in look.outputs):
            return {"focus": None}, {}
        column = look.columns[number]
        if column.shape.vocabulary:
            return {"focus": None}, {}
        pictures, kind = unit_pictures(look, number, column, step=1)
        picture = pictures[unit]
        limit = 1.0 if np.abs(picture).max(initial=0) <= 1 else symmetric_range(picture)
        head: dict[str, Any] = {
            "column": number,
            "unit": unit,
            "picture": kind,
            "low": -limit,
            "high": limit,
            "terms": self._terms(look, number, unit),
        }
        head |= {"bias": self._bias(look, number, unit), "activation": column.activation.kind if column.activation else ""}
        return {"focus": head}, {"focus/picture": as_bytes(picture, -limit, limit)}

    def _terms(self, look: Look, number: int, unit: int) -> list[dict[str, Any]]:
        for edge in look.edges:
            if edge.target == number and look.weighted(edge):
                names, weights = look.unit_names(edge.source), edge_weights(look, edge)[unit]
                return [{"name": name, "weight": float(w), "exact": edge.exact} for name, w in zip(names, weights, strict=True)]
        return []

    def _bias(self, look: Look, number: int, unit: int) -> float | None:
        module = weight_module(look, number)
        bias = getattr(module, "bias", None)
        return None if bias is None else bias[unit].item()
