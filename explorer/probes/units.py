"""A picture of what every unit computes."""

from __future__ import annotations

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe, as_bytes, symmetric_range
from explorer.probes.inputs import GRID
from explorer.results.diagram import Column

BOUNDED = 1.0  # activations that never leave -1..1 keep this range, so that the picture does not rescale
MOST_STEPS = 64  # steps of a sequence in a small picture; of longer ones every second, third, ... is shown


@PROBES.register("units")
class Units(Probe):
    """Every shown unit's output: over the square, along the line, on the chosen picture, or on the probe examples."""

    def measure(self, look: Look) -> Measured:
        head, arrays = {}, {}
        for number, column in enumerate(look.columns):
            if number not in look.outputs:
                continue
            if column.shape.vocabulary:
                head[number] = {"picture": "token", "low": -1.0, "high": 1.0, "tokens": shown_tokens(look, number, column)}
                continue
            picture, kind = unit_pictures(look, number, column)
            limit = BOUNDED if np.abs(picture).max(initial=0) <= BOUNDED and kind != "map" else symmetric_range(picture)
            is_photograph = kind == "map" and column.id == "input" and picture.min(initial=0) >= 0
            low = 0.0 if is_photograph else -limit
            arrays[f"pictures/{number}"] = as_bytes(picture, low, limit)
            head[number] = {"picture": kind, "low": low, "high": limit}
        return {"pictures": head}, arrays


def unit_pictures(look: Look, number: int, column: Column, step: int = 2) -> tuple[np.ndarray, str]:
    """float32 (shown, h, w), and the kind of picture.

    "plane": over the square; "curve": along the line; "map": the chosen example's feature map; "steps": a row for each
    probe example, time across; "strip": one number for each probe example. Over the square and along the line a
    sequence, for which there is no room, is its mean over time.

    Args:
        look: the moment.
        number: the column's number.
        column: the column itself.
        step: every how many-th point of the square is taken; 1 also leaves out no step of a sequence.
    """
    outputs = look.outputs[number]
    coordinates = look.training.state.dataset.coordinates
    is_sequence = column.shape.axes == ("time", "features")
    if is_sequence and coordinates:
        outputs = outputs.mean(1)
    values = outputs[..., : column.shown] if is_sequence else outputs[:, : column.shown]
    values = values.float().cpu().numpy()
    if values.ndim == 4:
        return values[min(look.view.example, len(values) - 1)], "map"
    if values.ndim == 3:
        every = -(-values.shape[1] // MOST_STEPS) if step > 1 else 1
        return values[:, ::every].transpose(2, 0, 1), "steps"
    if coordinates == 2 or len(values) == GRID * GRID:
        return values.T.reshape(-1, GRID, GRID)[:, ::step, ::step], "plane"
    return values.T[:, None, :], "curve" if coordinates == 1 else "strip"


def shown_tokens(look: Look, number: int, column: Column) -> list[str]:
    """What the first tokens of the chosen example are called."""
    chosen = min(look.view.example, len(look.outputs[number]) - 1)
    vocabulary = look.training.state.dataset.vocabulary
    return [vocabulary[token] for token in look.outputs[number][chosen, : column.shown].tolist()]
