"""Verdicts on a map: the curves of deletion and insertion, and what became of the map when the network was another one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.data_histogram import faint
from explorer.plots.inspections._drawing import LEGEND, MARGIN, heat
from explorer.plots.palette import BLUE, GREEN, GREY, RED
from explorer.results.inspected import Inspected
from explorer.results.verdict import Verdict, verdicts_of

AGREEMENT = "rank correlation with the map as it is"
RANGE = [-1.05, 1.05]


def figures(found: Inspected) -> dict[str, go.Figure]:
    """One for each trial that has a curve."""
    drawn: dict[str, go.Figure] = {}
    for verdict in verdicts_of(found):
        if verdict.trial in DRAWN and verdict.arrays:
            title, draw = DRAWN[verdict.trial]
            drawn[title] = draw(verdict, found.facts["score_unit"])
    return drawn


def _curves(verdict: Verdict, unit: str) -> go.Figure:
    """The map's own order as a line, random orders as a band from the least to the most."""
    shares, titles = 100 * verdict.arrays["shares"], ("most important parts taken away first", "most important parts put in first")
    figure = make_subplots(1, 2, subplot_titles=titles, shared_yaxes=True, horizontal_spacing=0.04)
    for column, name in enumerate(("deletion", "insertion"), 1):
        others, place = verdict.arrays[f"random_{name}"], {"row": 1, "col": column}
        figure.add_trace(_band(shares, others, f"{len(others)} random orders", column == 1), **place)
        average = {"color": GREY, "width": 2, "dash": "dot"}
        mean = go.Scatter(x=shares, y=others.mean(0), name="their mean", line=average, hovertemplate="%{y:.3g}", showlegend=column == 1)
        own = {"color": BLUE, "width": 3}
        line = go.Scatter(
            x=shares, y=verdict.arrays[name], name="this map's order", line=own, hovertemplate="%{y:.3g}", showlegend=column == 1
        )
        figure.add_trace(mean, **place).add_trace(line, **place)
    figure.update_xaxes(title="parts (%)", range=[0, 100])
    figure.update_yaxes(title=f"score ({unit})" if unit else "score", col=1)
    figure.update_annotations(font_size=13)
    return figure.update_layout(height=360, margin={**MARGIN, "t": 60}, hovermode="x unified", legend={**LEGEND, "y": 1.12})


def _band(x: np.ndarray, rows: np.ndarray, name: str, named: bool) -> go.Scatter:
    return go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([rows.max(0), rows.min(0)[::-1]]),
        fill="toself",
        fillcolor=faint(GREY, 0.3),
        line={"width": 0},
        mode="lines",
        name=name,
        hoverinfo="skip",
        showlegend=named,
    )


def _scrambled(verdict: Verdict, unit: str) -> go.Figure:
    layers, rows, figure = verdict.arrays["layers"], verdict.arrays["agreement"], go.Figure()
    figure.add_trace(_band(layers, rows, f"least to most of {len(rows)} draws", True))
    line = {"color": BLUE, "width": 3}
    figure.add_scatter(x=layers, y=rows.mean(0), mode="lines+markers", line=line, name="mean", hovertemplate="%{y:.2f}")
    figure.update_xaxes(title="layers scrambled, from the last one on", dtick=max(int(layers[-1]) // 8, 1))
    return _told(figure)


def _shuffled(verdict: Verdict, unit: str) -> go.Figure:
    found = verdict.arrays["agreement"]
    names, marker = [str(number + 1) for number in range(len(found))], {"color": BLUE, "size": 12}
    figure = go.Figure(go.Scatter(x=names, y=found, mode="markers", marker=marker, hovertemplate="%{y:.2f}", name="a network"))
    figure.update_xaxes(title="network trained on shuffled labels", type="category")
    return _told(figure)


def _told(figure: go.Figure) -> go.Figure:
    """With the lines from which on a map counts as the same one, and up to which it counts as another one."""
    for height, words, colour, place in (
        (0.8, "above: hardly changed", RED, "top right"),
        (0.5, "below: another map", GREEN, "bottom right"),
    ):
        figure.add_hline(y=height, line={"color": colour, "dash": "dash"}, annotation_text=words, annotation_position=place)
    figure.update_yaxes(title=AGREEMENT, range=RANGE)
    return figure.update_layout(height=340, margin=MARGIN, legend=LEGEND, showlegend=True)


def _seeds(verdict: Verdict, unit: str) -> go.Figure:
    found = verdict.arrays["agreement"]
    names = ["this network", *(f"seed +{number}" for number in range(1, len(found)))]
    return heat(found, ("network", "network"), "rank correlation", (names, names), limit=1.0, square=True)


DRAWN: dict[str, tuple[str, Callable[[Verdict, str], go.Figure]]] = {
    "deletion_and_insertion": ("Taking parts away, putting them in", _curves),
    "weight_randomisation": ("Scrambling the network", _scrambled),
    "label_randomisation": ("Training on shuffled labels", _shuffled),
    "stability_over_seeds": ("Other seeds", _seeds),
}
