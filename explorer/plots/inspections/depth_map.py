"""Which depths and activations let gradient and signal through."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import PALE
from explorer.plots.palette import BLUE, ORANGE
from explorer.results.inspected import Inspected

FULL = 6  # powers of ten at which a colour is full
HEALTHY = 2 / 3  # of a power of ten: as pale as it gets, so that whole tenths stay pale
LITTLE_TO_MUCH = [[0.0, ORANGE], [0.5 - HEALTHY / 2 / FULL, PALE], [0.5 + HEALTHY / 2 / FULL, PALE], [1.0, BLUE]]
MAPS = {  # what is shown -> array, title
    "gradient": ("ratio", "Gradient: first layer / last layer"),
    "signal": ("kept", "Signal: before the last layer / after the first"),
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {title: chart(found, which) for which, (_, title) in MAPS.items()}


def chart(found: Inspected, which: str, activation: str = "", depth: int = 0) -> go.Figure:
    """Medians over the seeds as colours and numbers, the lowest and the highest when pointed at.

    Args:
        which: one of `MAPS`.
        activation, depth: the field to mark; the run's own when left out. A depth between two columns is marked between them.
    """
    own, facts = found.facts["own"], found.facts
    array, title = MAPS[which]
    powers = _powers(found.arrays[array])
    figure = go.Figure(
        go.Heatmap(
            z=np.clip(powers, -FULL, FULL),
            text=[[_written(power) for power in row] for row in powers],
            customdata=_hover(found.arrays[array]),
            texttemplate="%{text}",
            hovertemplate=f"%{{y}}, %{{x}}<br>{title}: %{{customdata}}<extra></extra>",
            xgap=2,
            ygap=2,
            hoverongaps=False,
            colorscale=LITTLE_TO_MUCH,
            zmin=-FULL,
            zmax=FULL,
            showscale=False,
        )
    )
    _mark(figure, facts, activation or own["activation"], depth or own["depth"])
    names = [str(depth) for depth in facts["depths"]]
    figure.update_xaxes(title="number of hidden layers", tickvals=list(range(len(names))), ticktext=names, showgrid=False, zeroline=False)
    figure.update_yaxes(
        tickvals=list(range(len(facts["titles"]))), ticktext=facts["titles"], autorange="reversed", showgrid=False, zeroline=False
    )
    return figure.update_layout(height=90 + 38 * len(facts["titles"]), margin={"t": 10, "r": 10, "b": 10, "l": 10})


def _powers(values: np.ndarray) -> np.ndarray:
    """Powers of ten of the medians, (activations, depths); NaN where there is none."""
    middle = np.median(values, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.log10(middle)
    return np.where(np.isfinite(powers), powers, np.nan)


def _written(power: float) -> str:
    """ "0.02", "5", "10⁻⁸"."""
    if not math.isfinite(power):
        return "?"
    if -2 <= power < 3:
        return f"{10**power:.2g}" if power < 1.999 else f"{round(10**power, -1):.0f}"
    return f"10{str(round(power)).translate(RAISED)}"


def _hover(values: np.ndarray) -> list[list[str]]:
    return [[f"{np.median(one):.3g} (from {one.min():.2g} to {one.max():.2g} over {len(one)} seeds)" for one in row] for row in values]


def _mark(figure: go.Figure, facts: Mapping[str, Any], activation: str, depth: int) -> None:
    """A frame around the field of the present choice."""
    if activation not in facts["activations"]:
        return
    row = facts["activations"].index(activation)
    column = float(np.interp(depth, facts["depths"], range(len(facts["depths"]))))
    for colour, width in (("white", 6), ("black", 3)):  # seen on every ground
        figure.add_shape(
            type="rect", x0=column - 0.47, x1=column + 0.47, y0=row - 0.45, y1=row + 0.45, line={"color": colour, "width": width}
        )
