"""How strong the gradient of the last answer's loss is at every step of the sequence."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.data_histogram import faint
from explorer.plots.inspections._axes import scale
from explorer.plots.palette import BLUE, GREEN, ORANGE, PURPLE
from explorer.results.inspected import Inspected

KINDS = (ORANGE, GREEN, PURPLE)


def figures(found: Inspected) -> dict[str, go.Figure]:
    own, first = found.arrays["own"], found.arrays["first"]
    steps = np.arange(1, len(own) + 1)
    figure = go.Figure()
    for number, (name, values) in enumerate(zip(found.facts["names"], first, strict=True)):
        colour = KINDS[number % len(KINDS)]
        if len(values) > 1:
            figure.add_trace(_band(steps, values, colour))
        figure.add_trace(_line(steps, _geometric_mean(values), f"{name}, first weights", colour, dash="dash"))
    figure.add_trace(_line(steps, own, f"this network at step {found.step:,} of its training", BLUE, dash="solid"))
    figure.update_xaxes(title="step of the sequence", dtick=max(len(own) // 16, 1), tick0=1, range=[0.5, len(own) + 0.5])
    figure.update_yaxes(title="mean norm of d loss / d input", **scale([*own, *first.flatten()]))
    figure.update_layout(
        height=400,
        hovermode="x unified",
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return {"Gradient of the last answer, back through time": figure}


def _geometric_mean(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.exp(np.log(values).mean(0))


def _line(steps: np.ndarray, values: np.ndarray, name: str, colour: str, dash: str) -> go.Scatter:
    """A logarithmic axis has no 0: steps that are not reached are left out."""
    shown = np.where(values > 0, values, np.nan)
    line = {"color": colour, "width": 3 if dash == "solid" else 2, "dash": dash}
    return go.Scatter(x=steps, y=shown, name=name, mode="lines+markers", marker={"size": 5}, line=line, hovertemplate="%{y:.3g}")


def _band(steps: np.ndarray, values: np.ndarray, colour: str) -> go.Scatter:
    """From the least to the most over the seeds, as one outline."""
    low, high = values.min(0), values.max(0)
    reached = low > 0
    return go.Scatter(
        x=np.concatenate([steps[reached], steps[reached][::-1]]),
        y=np.concatenate([high[reached], low[reached][::-1]]),
        fill="toself",
        fillcolor=faint(colour),
        mode="lines",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
