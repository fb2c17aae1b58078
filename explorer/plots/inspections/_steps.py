"""Figures over the recorded steps of a run: a line for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from explorer.plots.inspections._drawing import MARGIN
from explorer.plots.palette import CATEGORIES

AXIS = "step (evenly over the slider)"
TICKS = 9  # steps that are written
FADE = [[0.0, "#0072B2"], [0.5, "#56B4E9"], [0.75, "#E69F00"], [1.0, "#D55E00"]]  # input to output, where there are many layers


def over_steps(names: Sequence[str], values: np.ndarray, steps: np.ndarray, title: str, height: int = 340, **axis: Any) -> go.Figure:
    """A line for each layer, named; none for a layer without numbers.

    Args:
        names: of the layers, from the input to the output.
        values: (layers, m); NaN is left out.
        steps: (m,).
        title: of the vertical axis, with its unit.
        axis: further settings of it.
    """
    figure, colours = go.Figure(), colours_of(len(names))
    for name, row, colour in zip(names, values, colours, strict=True):
        if np.isfinite(row).any():
            figure.add_scatter(
                x=np.arange(len(steps)),
                y=row,
                name=name,
                mode="lines+markers" if len(steps) < 3 else "lines",
                line={"color": colour, "width": 2},
                hovertemplate="%{y:.3g}",
            )
    figure.update_yaxes(title=title, **axis)
    figure.update_xaxes(**step_axis(steps))
    legend = {"orientation": "v", "x": 1.02, "y": 1.0, "yanchor": "top"}
    return figure.update_layout(height=height, margin=MARGIN, legend=legend, showlegend=True, hovermode="x unified")


def colours_of(count: int) -> list[str]:
    """As many colours: those of every figure, or for many layers a row of them from the input to the output."""
    return list(CATEGORIES[:count]) if count < len(CATEGORIES) else sample_colorscale(FADE, np.linspace(0, 1, count).tolist())


def step_axis(steps: np.ndarray) -> dict[str, Any]:
    """An axis on which the steps lie one beside the other, with the numbers of some of them."""
    places = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), TICKS)).round().astype(int))
    ticks = {"tickmode": "array", "tickvals": places.tolist(), "ticktext": [f"{steps[place]:,}" for place in places]}
    return {"title": AXIS, "showgrid": False, "zeroline": False, **ticks}
