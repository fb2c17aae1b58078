from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.explanations._answers import answers
from explorer.plots.explanations._before_after import before_after
from explorer.plots.inspections._drawing import LEGEND, MARGIN
from explorer.plots.palette import BLUE, GREY, ORANGE, RED
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {
        **before_after(found),
        "The answer as the disturbance grows": _curve(found),
        "The answers before and after": answers(found.facts["answers"], found.facts["after"], found.facts["unit"]),
    }


def _curve(found: Inspected) -> go.Figure:
    chance, smallest = found.facts["unit"] == "probability", found.facts["smallest"]
    figure = go.Figure()
    for name, values, colour in zip(found.facts["curves"], found.arrays["curves"], (BLUE, ORANGE), strict=False):
        told = "%{x:.1%} of the range: %{y:.1%}" if chance else "%{x:.1%} of the range: %{y:.4g}"
        figure.add_scatter(
            x=found.arrays["sizes"], y=values, mode="lines", name=name, line={"color": colour, "width": 2}, hovertemplate=told
        )
    ends = [0.0, 1.0] if chance else [float(found.arrays["curves"].min()), float(found.arrays["curves"].max())]
    marks = [("as drawn", found.facts["epsilon"], GREY, "dot"), ("enough from here", smallest, RED, "dash")]
    for name, size, colour, dash in marks:
        if size is not None:
            line = {"color": colour, "width": 1.5, "dash": dash}
            figure.add_scatter(x=[size, size], y=ends, mode="lines", name=f"{name}: {_percent(size)}", line=line, hoverinfo="skip")
    figure.update_xaxes(title="how far every number may move (share of its range)", tickformat=".0%", rangemode="tozero")
    share = {"tickformat": ".0%", "range": [0, 1.02]} if chance else {}
    figure.update_yaxes(title=found.facts["unit"] or "score", **share)
    return figure.update_layout(margin=MARGIN, height=340, showlegend=True, legend=LEGEND)


def _percent(size: float) -> str:
    """A share that is not 0 is not rounded to 0."""
    return f"{100 * size:.2g}%" if 0 < size < 0.01 else f"{size:.1%}"
