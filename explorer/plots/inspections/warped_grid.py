from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._points import add_points, laid_out
from explorer.plots.palette import GREY
from explorer.results.inspected import Inspected

LINES = {"across": ("lines of constant y", GREY), "down": ("lines of constant x", "#B0A070")}


def figures(found: Inspected) -> dict[str, go.Figure]:
    a, layer = found.arrays, found.facts["layer"]
    figure = go.Figure()
    for key, (name, colour) in LINES.items():
        x, y = _joined(a[key])
        figure.add_scatter(x=x, y=y, mode="lines", line={"color": colour, "width": 1}, name=name, hoverinfo="skip")
    add_points(figure, a["points"], a["numbers"], a["marks"], found.facts)
    axes = tuple(f"unit {unit} of {layer}" for unit in a["units"])
    return {f"The plane as {layer} sees it": laid_out(figure, (axes[0], axes[1]), square=False)}


def _joined(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All lines (lines, points, 2) as one, with a gap after each."""
    gaps = np.full((len(lines), 1, 2), np.nan)
    x, y = np.concatenate([lines, gaps], axis=1).reshape(-1, 2).T
    return x, y
