"""The training examples that made a prediction."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._examples import gallery
from explorer.plots.inspections._drawing import LEGEND, MARGIN, SIGNED
from explorer.plots.palette import BLUE, GREY, ORANGE, RED
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    """Of influences that are all 0 there is nothing to see: the words say so."""
    scores, order = found.arrays["scores"], found.arrays["order"]
    if not scores.any():
        return {}
    sides = {"towards": scores[order] > 0, "away from": scores[order] < 0}
    drawn = {f"Training examples that pushed {way} it": _side(found, chosen) for way, chosen in sides.items() if chosen.any()}
    if "points" in found.arrays:
        drawn = {"Where the training examples lie": _plane(found)}
    return drawn | {"Influence of every example looked at": _all(found)}


def _side(found: Inspected, chosen: np.ndarray) -> go.Figure:
    """The examples on one side, each with its class, its influence, and whether its label is noise."""
    about, places = found.facts["shown"], np.flatnonzero(chosen)
    order, scores, flipped = found.arrays["order"], found.arrays["scores"], found.arrays["flipped"]
    captions = [f"{_called(about, place)}: {scores[order[place]]:.2g}{', label flipped' * bool(flipped[order[place]])}" for place in places]
    few = {name: [about[name][place] for place in places] for name in ("numbers", "truths", "tokens") if about[name]}
    return gallery({**about, **few}, found.arrays["example_inputs"][places], captions)


def _called(about: dict, place: int) -> str:
    return about["truths"][place] or str(about["numbers"][place])


def _plane(found: Inspected) -> go.Figure:
    points, scores, explained = found.arrays["points"], found.arrays["scores"], found.arrays["input"]
    most = float(np.abs(scores).max(initial=0.0)) or 1.0
    bar = {"title": {"text": "influence", "side": "right"}}
    marker = {
        "color": scores,
        "colorscale": SIGNED,
        "cmin": -most,
        "cmax": most,
        "size": 8,
        "line": {"width": 0.5, "color": GREY},
        "colorbar": bar,
    }
    figure = go.Figure()
    figure.add_scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        name="training examples",
        marker=marker,
        hovertemplate="%{x:.3g}, %{y:.3g}: %{marker.color:.3g}<extra></extra>",
    )
    most_of_all = found.arrays["order"]
    ring = {"symbol": "circle-open", "size": 14, "color": GREY, "line": {"width": 2}}
    ends = points[most_of_all]
    figure.add_scatter(x=ends[:, 0], y=ends[:, 1], mode="markers", name="strongest", marker=ring, hoverinfo="skip")
    star = {"symbol": "star", "size": 15, "color": RED, "line": {"width": 1, "color": GREY}}
    figure.add_scatter(x=[explained[0]], y=[explained[1]], mode="markers", name="explained", marker=star, hoverinfo="skip")
    figure.update_xaxes(title="x", constrain="domain")
    figure.update_yaxes(title="y", scaleanchor="x", constrain="domain")
    return figure.update_layout(height=440, margin=MARGIN, legend=LEGEND)


def _all(found: Inspected) -> go.Figure:
    scores, flipped = found.arrays["scores"], found.arrays["flipped"].astype(bool)
    rank = np.argsort(-scores, kind="stable")
    figure = go.Figure()
    hover = "training example %{customdata}: %{y:.3g}<extra></extra>"
    kinds = [("towards", BLUE, (scores > 0) & ~flipped), ("away", ORANGE, (scores <= 0) & ~flipped), ("label flipped", RED, flipped)]
    for name, colour, of_kind in kinds:
        places = np.flatnonzero(of_kind[rank])
        if len(places):
            numbers = found.arrays["looked"][rank][places]
            figure.add_bar(x=places, y=scores[rank][places], name=name, marker={"color": colour}, customdata=numbers, hovertemplate=hover)
    figure.update_xaxes(title="training examples looked at, sorted")
    figure.update_yaxes(title="influence")
    return figure.update_layout(height=300, margin=MARGIN, bargap=0, legend=LEGEND, showlegend=True)
