"""Fields of a picture that can be pressed.

Decided: an unseen dot lies over every field, of which one is drawn.
Because: a press on a heat map is not reported to the page, one on a dot is; and ten thousand fields need not be ten thousand shapes.
Instead of: a picture of our own, that would have to learn to zoom, to be told in words, and to be saved.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

MOST = 32_768  # fields that can be pressed; in a larger picture a position is chosen by its numbers
UNSEEN = {"marker": {"opacity": 0}}
CELLS = "cells"  # the meta of a figure that tells of each field: the test example, the unit, the position in what it gives, and the value
PLACES = {0: "", 1: ", step %{customdata[2]}", 2: ", row %{customdata[2]}, column %{customdata[3]}"}  # by how many numbers a position has


def dots(x: np.ndarray, y: np.ndarray, told: np.ndarray, words: str) -> go.Scatter:
    """One over each field, or none where there are too many.

    Args:
        x, y: (n,) where.
        told: (n, k) what a press, and pointing, tells of each field.
        words: what pointing says, with %{customdata[i]} for what is told.
    """
    shown = len(x) if len(x) <= MOST else 0
    return go.Scatter(
        x=x[:shown],
        y=y[:shown],
        customdata=told[:shown],
        mode="markers",
        marker={"size": 14, "opacity": 0, "maxdisplayed": 1},
        selected=UNSEEN,
        unselected=UNSEEN,
        hovertemplate=f"{words}<extra></extra>",
        showlegend=False,
    )


def with_cells(figure: go.Figure, x: np.ndarray, y: np.ndarray, cells: np.ndarray) -> go.Figure:
    """The figure with a dot over each field that is a cell of a layer's output: `cells` (n, ...) as CELLS says."""
    if len(cells) > MOST:
        return figure
    places, value = cells.shape[1] - 3, cells.shape[1] - 1
    figure.update_traces(hoverinfo="skip", hovertemplate=None, selector={"type": "heatmap"})
    figure.add_trace(dots(x, y, cells, f"unit %{{customdata[1]}}{PLACES[places]}: %{{customdata[{value}]:.4g}}"))
    return figure.update_layout(meta=CELLS)
