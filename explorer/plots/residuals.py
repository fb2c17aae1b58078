"""How far predictions of a number are from the truth."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import BLUE, GREY


def residuals(pairs: np.ndarray, target: str = "") -> go.Figure:
    """Prediction against truth for each test example, with the line of perfect answers. No pairs give an empty, labelled figure.

    Args:
        pairs: float (n, 2): predicted, true, in the target's own unit.
        target: name of the target with its unit.
    """
    predicted, true = pairs.reshape(-1, 2).T
    figure = go.Figure(
        go.Scatter(
            x=true,
            y=predicted,
            customdata=predicted - true,
            mode="markers",
            name="test examples",
            marker={"color": BLUE, "size": 6, "opacity": 0.7},
            hovertemplate="true %{x:.4g}, predicted %{y:.4g}, off by %{customdata:+.4g}<extra></extra>",
        )
    )
    if len(pairs):
        ends = [float(min(true.min(), predicted.min())), float(max(true.max(), predicted.max()))]
        figure.add_scatter(x=ends, y=ends, mode="lines", name="perfect answers", line={"color": GREY, "dash": "dash"}, hoverinfo="skip")
    name = target or "target"
    figure.update_xaxes(title=f"true {name}")
    figure.update_yaxes(title=f"predicted {name}")
    return figure.update_layout(
        margin={"t": 30, "r": 10, "b": 10, "l": 10}, height=420, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}
    )
