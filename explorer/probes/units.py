"""A picture of what every unit computes."""

from __future__ import annotations

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe, as_bytes, symmetric_range
from explorer.probes.inputs import GRID
from explorer.results.diagram import Column

BOUNDED = 1.0  # activations that never leave -1..1 keep this range, so that the picture does not rescale


@PROBES.register("units")
class Units(Probe):
    """Every shown unit's output: over the square, along the line, on the chosen picture, or on the probe examples."""

    def measure(self, look: Look) -> Measured:
        head, arrays = {}, {}
        for number, column in enumerate(look.columns):
            if number not in look.outputs:
                continue
            picture, kind = unit_pictures(look, number, column)
            limit = BOUNDED if np.abs(picture).max(initial=0) <= BOUNDED and kind != "map" else symmetric_range(picture)
            arrays[f"pictures/{number}"] = as_bytes(picture, -limit, limit)
            head[number] = {"picture": kind, "low": -limit, "high": limit}
        return {"pictures": head}, arrays


def unit_pictures(look: Look, number: int, column: Column, step: int = 2) -> tuple[np.ndarray, str]:
    """float32 (shown, h, w), and the kind of picture.

    Args:
        look: the moment.
        number: the column's number.
        column: the column itself.
        step: every how many-th point of the square is taken.
    """
    outputs = look.outputs[number]
    if outputs.dim() == 3:  # a sequence (n, T, features): the mean over time
        outputs = outputs.mean(1)
    values = outputs[:, : column.shown].float().cpu().numpy()
    if values.ndim == 4:
        return values[min(look.view.example, len(values) - 1)], "map"
    coordinates = look.training.state.dataset.coordinates
    if coordinates == 2 or len(values) == GRID * GRID:
        return values.T.reshape(-1, GRID, GRID)[:, ::step, ::step], "plane"
    return values.T[:, None, :], "curve" if coordinates == 1 else "strip"
