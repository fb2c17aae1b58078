"""Which class was taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import AMOUNT


def confusion_matrix(counts: np.ndarray, class_names: Sequence[str]) -> go.Figure:
    """Counts of test examples, coloured by their share of the true class. An empty matrix gives an empty, labelled figure.

    Args:
        counts: int (k, k), row truth, column prediction.
        class_names: k names.
    """
    totals = counts.sum(axis=1, keepdims=True) if counts.size else np.zeros((0, 1))
    shares = counts / np.maximum(totals, 1)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(class_names),
            y=list(class_names),
            text=counts,
            texttemplate="%{text}",
            customdata=counts,
            hovertemplate="truth %{y}, predicted %{x}: %{customdata} examples, %{z:.0%} of that class<extra></extra>",
            colorscale=AMOUNT,
            zmin=0,
            zmax=1,
            xgap=2,
            ygap=2,
            colorbar={"title": "share of<br>true class", "tickformat": ".0%"},
        )
    )
    figure.update_xaxes(title="predicted class", type="category", constrain="domain", showgrid=False)
    figure.update_yaxes(title="true class", type="category", autorange="reversed", scaleanchor="x", constrain="domain", showgrid=False)
    return figure.update_layout(margin={"t": 10, "r": 10, "b": 10, "l": 10}, height=420)
