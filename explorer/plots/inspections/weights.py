from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import LEGEND, MARGIN, bars
from explorer.plots.palette import BLUE, GREY
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    layer, rows = found.facts["layer"], found.facts["weights"]
    names = [row["layer"] for row in rows]

    def of(key: str) -> np.ndarray:
        return np.array([row[key] for row in rows], float)

    moved = bars(names, {"moved": of("moved")}, ("layer", "share of weights that moved"))
    return {
        f"Weights of {layer}": _histogram(found),
        f"Singular values of {layer}": _singular(found),
        "Length of all weights of a layer": bars(names, {"now": of("norm"), "at first": of("first_norm")}, ("layer", "norm")),
        "Largest singular value": bars(names, {"now": of("spectral"), "at first": of("first_spectral")}, ("layer", "spectral norm")),
        "How many weights moved": moved.update_yaxes(tickformat=".0%", range=[0, 1]),
    }


def _histogram(found: Inspected) -> go.Figure:
    edges = found.arrays["edges"]
    middles = (edges[1:] + edges[:-1]) / 2
    figure = go.Figure()
    for key, name, colour in (("first_counts", "at first", GREY), ("counts", "now", BLUE)):
        outline = {"shape": "hvh", "color": colour, "width": 2}
        figure.add_scatter(x=middles, y=found.arrays[key], name=name, mode="lines", line=outline, hovertemplate="about %{x:.3g}: %{y}")
    figure.update_xaxes(title="weight")
    figure.update_yaxes(title="how many", rangemode="tozero")
    return figure.update_layout(height=320, margin=MARGIN, legend=LEGEND)


def _singular(found: Inspected) -> go.Figure:
    figure = go.Figure()
    for key, name, colour in (("first_singular", "at first", GREY), ("singular", "now", BLUE)):
        values = found.arrays[key]
        line = {"color": colour, "width": 2}
        figure.add_scatter(
            x=np.arange(1, len(values) + 1), y=values, name=name, mode="lines+markers", line=line, hovertemplate="number %{x}: %{y:.4g}"
        )
    figure.update_xaxes(title="number, the largest first")
    figure.update_yaxes(title="singular value (factor of length)", rangemode="tozero")
    return figure.update_layout(height=320, margin=MARGIN, legend=LEGEND)
