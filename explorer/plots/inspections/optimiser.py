"""One weight over the next steps: where it goes, and what the optimiser keeps of its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._axes import scale
from explorer.plots.palette import BLUE, CATEGORIES, GREY
from explorer.results.inspected import Inspected
from explorer.results.update import FACTOR, SLOPE, SQUARE, STEP, STEPS_SQUARED

TITLES = {
    SLOPE: "Gradient and its averages",
    SQUARE: "Squares of the gradient",
    STEPS_SQUARED: "Squares of the steps",
    FACTOR: "Its own learning rate",
    STEP: "The change it makes",
}
SIZES = (SQUARE, STEPS_SQUARED, FACTOR)  # never below 0


def figures(found: Inspected) -> dict[str, go.Figure]:
    quantities, values = found.facts["quantities"], found.arrays["quantities"]
    steps = found.step + 1 + np.arange(len(values))
    drawn = {"Where the weight goes": _weight(found)}
    for unit in (STEP, *TITLES):  # what it comes to first
        chosen = [number for number, one in enumerate(quantities) if one["unit"] == unit]
        if chosen and TITLES[unit] not in drawn:
            names = [quantities[number]["name"] for number in chosen]
            drawn[TITLES[unit]] = _lines(steps, values[:, chosen], names, unit)
    return drawn


def _weight(found: Inspected) -> go.Figure:
    weight = found.arrays["weight"]
    line = {"color": BLUE, "width": 2}
    steps = found.step + np.arange(len(weight))
    figure = go.Figure(go.Scatter(x=steps, y=weight, mode="lines+markers", line=line, name="weight", hovertemplate="%{y:.5g}"))
    return _over_steps(figure, {"title": "value of the weight"}, legend=False)


def _lines(steps: np.ndarray, values: np.ndarray, names: list[str], unit: str) -> go.Figure:
    figure = go.Figure()
    for number, name in enumerate(names):
        colour = GREY if name == "gradient" else CATEGORIES[number % len(CATEGORIES)]
        shown = np.where(values[:, number] > 0, values[:, number], np.nan) if unit in SIZES else values[:, number]
        line = {"color": colour, "width": 2, "dash": ("solid", "solid", "dash", "dot")[min(number, 3)]}
        figure.add_scatter(x=steps, y=shown, name=name, mode="lines+markers", marker={"size": 4}, line=line, hovertemplate="%{y:.4g}")
    axis: dict[str, Any] = {"title": unit, **(scale(values.flatten()) if unit in SIZES else {"zeroline": True})}
    return _over_steps(figure, axis, legend=len(names) > 1)


def _over_steps(figure: go.Figure, axis: dict[str, Any], legend: bool) -> go.Figure:
    figure.update_xaxes(title="step (updates)")
    figure.update_yaxes(**{"exponentformat": "e", **axis})
    return figure.update_layout(
        height=260,
        hovermode="x unified",
        showlegend=legend,
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
