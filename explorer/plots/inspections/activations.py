from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat, sheet
from explorer.results.inspected import Inspected

UNIT = "activation"


def figures(found: Inspected) -> dict[str, go.Figure]:
    return DRAWN[found.facts["form"]](found)


def _maps(found: Inspected) -> dict[str, go.Figure]:
    """A sheet of feature maps for each example."""
    captions = [f"unit {unit}" for unit in found.arrays["units"]]
    return {title(found, i): sheet(maps, captions, found.arrays["limits"], UNIT) for i, maps in enumerate(found.arrays["values"])}


def _steps(found: Inspected) -> dict[str, go.Figure]:
    """A row for every unit, time across."""
    limits = found.arrays["limits"]
    values, limit, unit = scaled(found.arrays["values"], limits[:, None])
    names = found.facts["names"]
    steps = found.facts["steps"]
    return {title(found, i): heat(rows, ("step", "unit"), unit, (steps[i], names), limit) for i, rows in enumerate(values)}


def _numbers(found: Inspected) -> dict[str, go.Figure]:
    """A row for every example."""
    values, limit, unit = scaled(found.arrays["values"], found.arrays["limits"])
    units, examples = found.facts["names"], [str(number) for number in found.arrays["examples"]]
    return {f"What {found.facts['layer']} gives": heat(values, ("unit", "test example"), unit, (units, examples), limit)}


def scaled(values: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, float, str]:
    """The values, the size at which their colours are full, and their unit; as shares of the limits where those differ."""
    if limits.max() > limits.min():
        return values / limits, 1.0, f"{UNIT}, as a share of the largest of each unit"
    return values, float(limits.flat[0]), UNIT


def title(found: Inspected, i: int) -> str:
    name = found.facts["captions"][i]
    return f"{name[0].upper()}{name[1:]}"


DRAWN: dict[str, Callable[[Inspected], dict[str, go.Figure]]] = {"maps": _maps, "steps": _steps, "numbers": _numbers}
