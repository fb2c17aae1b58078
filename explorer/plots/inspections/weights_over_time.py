from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import MARGIN
from explorer.plots.inspections._steps import over_steps, step_axis
from explorer.plots.palette import AMOUNT
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    names, steps = found.facts["layers"], found.arrays["steps"]
    way = f"distance from step {steps[0]:,} (length)"
    return {
        f"How the weights of {found.facts['layer']} are spread": _histograms(found),
        "Length of all weights of a layer": over_steps(names, found.arrays["norm"], steps, "norm (length)", rangemode="tozero"),
        "How far the weights went": over_steps(names, found.arrays["distance"], steps, way, rangemode="tozero"),
    }


def _histograms(found: Inspected) -> go.Figure:
    """A column for each step, its bins upwards."""
    edges, counts, steps = (found.arrays[name] for name in ("edges", "counts", "steps"))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            z=shares.T,
            x=np.arange(len(steps)),
            y=(edges[1:] + edges[:-1]) / 2,
            customdata=np.broadcast_to(steps, (shares.shape[1], len(steps))),
            colorscale=AMOUNT,
            zmin=0,
            zmax=float(shares.max()) or 1.0,
            hovertemplate="step %{customdata}, weight about %{y:.3g}: %{z:.1%}<extra></extra>",
            colorbar={"title": {"text": "share of the weights", "side": "right"}, "tickformat": ".0%"},
        )
    )
    figure.update_xaxes(**step_axis(steps))
    figure.update_yaxes(title="weight", showgrid=False, zeroline=True)
    return figure.update_layout(height=340, margin=MARGIN)
