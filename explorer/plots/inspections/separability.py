from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.data_histogram import faint
from explorer.plots.inspections._drawing import LEGEND, MARGIN
from explorer.plots.palette import BLUE, GREY
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    names, scores, facts = found.facts["layers"], found.arrays["scores"], found.facts
    low, high = scores.min(1), scores.max(1)
    figure = go.Figure()
    edge = {"width": 0, "color": BLUE}
    figure.add_scatter(x=names, y=high, mode="lines", line=edge, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=names,
        y=low,
        mode="lines",
        line=edge,
        fill="tonexty",
        fillcolor=faint(BLUE, 0.25),
        name="lowest to highest fold",
        hoverinfo="skip",
    )
    line = {"color": BLUE, "width": 2}
    figure.add_scatter(x=names, y=scores.mean(1), mode="lines+markers", line=line, name="mean of the folds", hovertemplate="%{x}: %{y:.3f}")
    if facts["chance"]:
        figure.add_hline(y=facts["chance"], line={"color": GREY, "dash": "dash"}, annotation_text="always the most frequent class")
    figure.update_xaxes(title="layer, in the order data flow", type="category")
    figure.update_yaxes(title=facts["unit"])
    return {"How well a linear probe answers from each layer": figure.update_layout(height=400, margin=MARGIN, legend=LEGEND)}
