"""How the values of one column spread, group by group."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import CATEGORIES, TEST, TRAIN, VALIDATION
from explorer.results.profile import Histogram

PARTS = {"training": TRAIN, "validation": VALIDATION, "test": TEST}


def spread_chart(histogram: Histogram) -> go.Figure:
    """The share of every group in each bin, so that groups of different size can be compared. No groups give an empty, labelled figure."""
    figure = go.Figure([_trace(histogram, number) for number in range(len(histogram.groups))])
    alone = len(histogram.groups) == 1
    figure.update_xaxes(title=histogram.name)
    figure.update_yaxes(title="share of the examples" if alone else "share of the group", tickformat=".0%", rangemode="tozero")
    return figure.update_layout(
        height=340,
        showlegend=not alone,
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )


def in_words(histogram: Histogram) -> str:
    """The chart as a sentence."""
    middles = [f"{name} mostly around {_fullest(histogram, number):.3g}" for number, name in enumerate(histogram.groups)]
    return f"How {histogram.name} spreads: {'; '.join(middles)}."


def _fullest(histogram: Histogram, number: int) -> float:
    fullest = int(histogram.counts[number].argmax())
    return float(histogram.edges[fullest : fullest + 2].mean())


def _trace(histogram: Histogram, number: int) -> go.Scatter:
    """A staircase over the bins, down to nothing at both ends."""
    name, counts, edges = histogram.groups[number], histogram.counts[number], histogram.edges
    shares = counts / max(counts.sum(), 1)
    colour = PARTS.get(name, CATEGORIES[number % len(CATEGORIES)])
    return go.Scatter(
        x=np.repeat(edges, 2),
        y=np.concatenate([[0], np.repeat(shares, 2), [0]]),
        name=name,
        mode="lines",
        line={"color": colour, "width": 2, "dash": "solid" if number < len(CATEGORIES) else "dot"},
        fill="tozeroy",
        fillcolor=faint(colour),
        hovertemplate="%{x:.4g}: %{y:.1%}",
    )


def faint(colour: str, strength: float = 0.15) -> str:
    """ "#0072B2" as a colour that lets others show through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{strength})"
