from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.inspections._drawing import MARGIN, bars
from explorer.plots.palette import BLUE
from explorer.results.inspected import Inspected

ACROSS = 3


def figures(found: Inspected) -> dict[str, go.Figure]:
    drawn = {"How the outputs of every layer are spread": _histograms(found)}
    rows = [row for row in found.facts["layers"] if row["dead"] is not None or row["saturated"] is not None]
    if any(row["dead"] or row["saturated"] for row in rows):
        drawn["Dead and saturated units"] = _counts(rows)
    return drawn


def _histograms(found: Inspected) -> go.Figure:
    rows = found.facts["layers"]
    down = -(-len(rows) // ACROSS)
    titles = [f"{row['layer']}, {row['units']} units" for row in rows]
    figure = make_subplots(
        down, ACROSS, subplot_titles=titles, vertical_spacing=0.42 / down, horizontal_spacing=0.06, y_title="share of outputs"
    )
    for i, row in enumerate(rows):
        edges, counts = found.arrays[f"edges/{row['layer']}"], found.arrays[f"counts/{row['layer']}"]
        figure.add_bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts / max(counts.sum(), 1),
            width=np.diff(edges),
            marker={"color": BLUE, "line": {"width": 0}},
            hovertemplate="about %{x:.3g}: %{y:.1%} of the outputs<extra></extra>",
            row=i // ACROSS + 1,
            col=i % ACROSS + 1,
        )
    figure.update_xaxes(title={"text": "activation", "standoff": 2})
    figure.update_yaxes(tickformat=".0%")
    figure.update_annotations(font_size=12)
    return figure.update_layout(showlegend=False, bargap=0, height=60 + 215 * down, margin={**MARGIN, "l": 60})


def _counts(rows: list[dict]) -> go.Figure:
    """The share of units of each layer, so that narrow and wide layers compare."""
    series = {}
    for kind in ("dead", "saturated"):
        if any(row[kind] is not None for row in rows):
            series[kind] = np.array([len(row[kind]) / row["units"] if row[kind] is not None else np.nan for row in rows])
    figure = bars([row["layer"] for row in rows], series, ("layer", "share of its units"))
    return figure.update_yaxes(tickformat=".0%", range=[0, 1])
