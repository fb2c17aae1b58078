from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.inspections._drawing import MARGIN, bars, colours, tick_names
from explorer.results.inspected import Inspected

ACROSS = 2


def figures(found: Inspected) -> dict[str, go.Figure]:
    seen = np.exp(found.arrays["entropy"]).mean(1)
    names = [f"head {head}" for head in range(len(seen))]
    return {
        "Who looks at whom": _heads(found),
        "How widely each head looks": bars(names, {"steps": seen}, ("head", "equally weighted steps")),
    }


def _heads(found: Inspected) -> go.Figure:
    """The matrix of every head, all in the same colours."""
    weights, asked, asking = found.arrays["weights"], found.facts["asked"], found.facts["asking"]
    down = -(-len(weights) // ACROSS)
    titles = [f"head {head}" for head in range(len(weights))]
    figure = make_subplots(down, ACROSS, subplot_titles=titles, horizontal_spacing=0.1, vertical_spacing=0.24 / down)
    for head, shares in enumerate(weights):
        place = {"row": head // ACROSS + 1, "col": head % ACROSS + 1}
        names = [[f"{row!r} looks at {column!r}" for column in asked] for row in asking]
        hover = "%{customdata} with %{z:.1%} (step %{y} at step %{x})<extra></extra>"
        figure.add_heatmap(z=shares, customdata=names, coloraxis="coloraxis", hovertemplate=hover, **place)
    scale = colours(weights)
    bar = {"title": {"text": "weight; a row adds up to 1", "side": "right"}, "tickformat": ".0%"}
    figure.update_xaxes(title={"text": "step that is looked at", "standoff": 4}, constrain="domain", **tick_names(asked))
    figure.update_yaxes(title={"text": "step that looks", "standoff": 4}, autorange="reversed", **tick_names(asking))
    figure.update_layout(coloraxis={"colorscale": scale["colorscale"], "cmin": 0.0, "cmax": scale["zmax"], "colorbar": bar})
    return figure.update_layout(height=60 + 400 * down, margin=MARGIN)
