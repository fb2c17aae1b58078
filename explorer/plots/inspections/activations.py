from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import corners, heat, sheet
from explorer.plots.inspections.pressing import with_cells
from explorer.results.inspected import Inspected

UNIT = "activation"
FEW = 4  # maps in a row where there are not many: large enough for each field to be pressed


def figures(found: Inspected) -> dict[str, go.Figure]:
    return DRAWN[found.facts["form"]](found)


def _maps(found: Inspected) -> dict[str, go.Figure]:
    """A sheet of feature maps for each example."""
    captions, values = [f"unit {unit}" for unit in found.arrays["units"]], found.arrays["values"]
    unit, row, column = np.indices(values.shape[1:]).reshape(3, -1)
    across = FEW if values.shape[1] <= 2 * FEW else 2 * FEW
    top, left = np.array(corners(values.shape[1], values.shape[2:], across)).T
    drawn = {}
    for i, maps in enumerate(values):
        figure = sheet(maps, captions, found.arrays["limits"], UNIT, across)
        drawn[title(found, i)] = with_cells(figure, left[unit] + column, top[unit] + row, _cells(found, i, (unit, row, column)))
    return drawn


def _steps(found: Inspected) -> dict[str, go.Figure]:
    """A row for every unit, time across."""
    limits = found.arrays["limits"]
    values, limit, measured = scaled(found.arrays["values"], limits[:, None])
    names, steps = found.facts["names"], found.facts["steps"]
    unit, step = np.indices(values.shape[1:]).reshape(2, -1)
    drawn = {}
    for i, rows in enumerate(values):
        figure = heat(rows, ("step", "unit"), measured, (steps[i], names), limit)
        drawn[title(found, i)] = with_cells(figure, step, unit, _cells(found, i, (unit, step)))
    return drawn


def _numbers(found: Inspected) -> dict[str, go.Figure]:
    """A row for every example."""
    values, limit, measured = scaled(found.arrays["values"], found.arrays["limits"])
    units, examples = found.facts["names"], [str(number) for number in found.arrays["examples"]]
    figure = heat(values, ("unit", "test example"), measured, (units, examples), limit)
    example, unit = np.indices(values.shape).reshape(2, -1)
    return {f"What {found.facts['layer']} gives": with_cells(figure, unit, example, _cells(found, example, (unit,)))}


def _cells(found: Inspected, shown: int | np.ndarray, at: tuple[np.ndarray, ...]) -> np.ndarray:
    """What each field tells, (fields, ...): the example, the unit, its position, the value.

    Args:
        shown: which of the shown examples.
        at: which of the shown units, and which of the shown positions, (fields,) each.
    """
    values, (unit, *position) = found.arrays["values"][(shown, *at)], at
    examples = np.broadcast_to(found.arrays["examples"][shown], values.shape)
    whole = [place * every for place, every in zip(position, found.facts["apart"], strict=True)]
    return np.stack([examples, found.arrays["units"][unit], *whole, values], 1)


def scaled(values: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, float, str]:
    """The values, the size at which their colours are full, and their unit; as shares of the limits where those differ."""
    if limits.max() > limits.min():
        return values / limits, 1.0, f"{UNIT}, as a share of the largest of each unit"
    return values, float(limits.flat[0]), UNIT


def title(found: Inspected, i: int) -> str:
    name = found.facts["captions"][i]
    return f"{name[0].upper()}{name[1:]}"


DRAWN: dict[str, Callable[[Inspected], dict[str, go.Figure]]] = {"maps": _maps, "steps": _steps, "numbers": _numbers}
