"""Figures over the recorded steps of a run: a line for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import make_colorscale, sample_colorscale

from explorer.plots.inspections._drawing import MARGIN
from explorer.plots.palette import BLUE, CATEGORIES, GREEN, OLIVE, ORANGE, PURPLE, RED, SKY

AXIS = "step (evenly over the slider)"
BESIDE = {"orientation": "v", "x": 1.02, "y": 1.0, "yanchor": "top"}
BELOW = {"orientation": "v", "x": 0, "y": -0.17, "yref": "paper", "yanchor": "top"}
LONG, LINE = 24, 20  # letters of a name that has no room beside the picture; height of a line of the legend, pixels
TICKS = 9  # steps that are written
FADE = (BLUE, SKY, GREEN, OLIVE, ORANGE, RED, PURPLE)  # from the input to the output, where there are many layers


def over_steps(names: Sequence[str], values: np.ndarray, steps: np.ndarray, title: str, height: int = 340, **axis: Any) -> go.Figure:
    """A line for each layer, named; none for a layer without numbers.

    Args:
        names: of the layers, from the input to the output.
        values: (layers, m); NaN is left out.
        steps: (m,).
        title: of the vertical axis, with its unit.
        axis: further settings of it.
    """
    figure, shown = go.Figure(), [place for place, row in enumerate(values) if np.isfinite(row).any()]
    for place, line in zip(shown, lines_of(len(shown)), strict=True):
        figure.add_scatter(
            x=np.arange(len(steps)),
            y=values[place],
            name=names[place],
            mode="lines+markers" if len(steps) < 3 else "lines",
            line=line,
            customdata=steps,
            hovertemplate="step %{customdata:,}: %{y:.3g}",
        )
    figure.update_yaxes(title=title, **axis)
    figure.update_xaxes(**step_axis(steps))
    figure.update_layout(height=height, margin=MARGIN, showlegend=True, hovermode="closest", legend=BESIDE)
    if max(map(len, names), default=0) > LONG:
        figure.update_layout(height=height + LINE * len(shown), legend=BELOW)
    return figure


def lines_of(count: int) -> list[dict[str, Any]]:
    """As many styles: the colours of every figure, or for many layers a row of them, every second line dashed."""
    if count < len(CATEGORIES):
        return [{"color": colour, "width": 2} for colour in CATEGORIES[:count]]
    colours = sample_colorscale(make_colorscale(list(FADE)), np.linspace(0, 1, count).tolist())
    return [{"color": colour, "width": 2, "dash": ("solid", "dash")[number % 2]} for number, colour in enumerate(colours)]


def step_axis(steps: np.ndarray) -> dict[str, Any]:
    """An axis on which the steps lie one beside the other, with the numbers of some of them."""
    places = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), TICKS)).round().astype(int))
    ticks = {"tickmode": "array", "tickvals": places.tolist(), "ticktext": [f"{steps[place]:,}" for place in places]}
    return {"title": AXIS, "showgrid": False, "zeroline": False, **ticks}
