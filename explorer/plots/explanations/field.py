from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.explanations._scale import MARK, TOP, Scale, add_meaning, cut, meaning
from explorer.plots.palette import GREY
from explorer.results.inspected import Inspected

ACROSS, FIELD = 3, 300  # fields in a row, px of each
ARROWS = 15  # along each side
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")  # told apart without colours
INK = "#66727D"


def figures(found: Inspected) -> dict[str, go.Figure]:
    drawn = {f"Where each input counts, by {found.facts['title'].lower()}": _heats(found)}
    if found.arrays["values"].shape[2] == 2 and found.facts["signed"]:
        drawn["Both inputs as arrows"] = _arrows(found)
    return drawn


def _scale(found: Inspected) -> Scale:
    limit = float(np.abs(found.arrays["values"]).max(initial=0.0)) or 1.0
    above, below = meaning(found.facts["target"], found.facts["signed"], found.facts["unit"], found.facts["number"])
    return Scale(found.facts["signed"], limit, found.facts["unit"] or "score", above, below)


def _heats(found: Inspected) -> go.Figure:
    """A field for each input, in the same colours."""
    a, names, scale = found.arrays, found.facts["names"], _scale(found)
    across = min(len(names), ACROSS)
    down = -(-len(names) // across)
    spacing = {"horizontal_spacing": 0.07, "vertical_spacing": 0.16 / down}
    figure = make_subplots(down, across, subplot_titles=[cut(name, 30) for name in names], **spacing)
    add_meaning(figure, scale)
    for number, name in enumerate(names):
        place = {"row": number // across + 1, "col": number % across + 1}
        hover = f"%{{x:.3g}}, %{{y:.3g}}<br>{cut(name)}: %{{z:.3g}}<extra></extra>"
        heat = a["values"][..., number]
        figure.add_heatmap(x=a["x"], y=a["y"], z=heat, coloraxis="coloraxis", zsmooth=False, hovertemplate=hover, **place)
        _around(figure, found, number == 0, **place)
        figure.update_yaxes(scaleanchor=_own_x(figure, place), constrain="domain", constraintoward="top", zeroline=False, **place)
    figure.update_xaxes(title={"text": found.facts["axes"][0], "standoff": 4}, constrain="domain", zeroline=False)
    figure.update_yaxes(title=found.facts["axes"][1], col=1)
    figure.update_annotations(font_size=13)
    margin = {"t": TOP + 20, "r": 10, "b": 10, "l": 10}
    return figure.update_layout(coloraxis=scale.axis(), height=TOP + 60 + FIELD * down, margin=margin)


def _around(figure: go.Figure, found: Inspected, named: bool, **place: int) -> None:
    """The border of the answer, the examples, and the one that is selected."""
    a, marks = found.arrays, found.arrays["marks"]
    if "margin" in a:
        at = {"start": 0, "end": 0, "size": 1, "coloring": "none"}
        look = {"showscale": False, "hoverinfo": "skip", "line": {"color": GREY, "width": 2}, "contours": at}
        figure.add_contour(x=a["x"], y=a["y"], z=a["margin"], showlegend=False, **look, **place)
    for number, label in enumerate(found.facts["labels"] or [""]):
        x, y = a["points"][marks == number].T
        marker = {"symbol": SYMBOLS[number % len(SYMBOLS)] + "-open", "size": 5, "color": INK, "line": {"width": 1}}
        shown = named and bool(label)
        figure.add_scatter(x=x, y=y, mode="markers", marker=marker, name=cut(label, 20), showlegend=shown, hoverinfo="skip", **place)
    ring = {"symbol": "circle-open", "size": 13, "color": MARK, "line": {"width": 3}}
    x, y = a["point"]
    figure.add_scatter(x=[x], y=[y], mode="markers", marker=ring, name=found.facts["example"], showlegend=named, hoverinfo="skip", **place)


def _own_x(figure: go.Figure, place: dict) -> str:
    return next(iter(figure.select_xaxes(**place))).plotly_name.replace("axis", "")


def _arrows(found: Inspected) -> go.Figure:
    """At each place an arrow: to the right where the first input speaks for the answer, up where the second does."""
    a = found.arrays
    every = max(len(a["x"]) // ARROWS, 1)
    x, y = np.meshgrid(a["x"][::every], a["y"][::every])
    across, up = np.moveaxis(a["values"][::every, ::every].astype(float), -1, 0)
    size = np.hypot(across, up)
    step = float(a["x"][every] - a["x"][0]), float(a["y"][every] - a["y"][0])
    most = float(size.max(initial=0.0)) or 1.0
    ends = x + step[0] * across / most, y + step[1] * up / most
    lines = [np.stack([start, end, np.full(start.shape, np.nan)], -1).ravel() for start, end in zip((x, y), ends, strict=True)]
    figure = go.Figure(
        go.Scatter(x=lines[0], y=lines[1], mode="lines", line={"color": GREY, "width": 1.5}, showlegend=False, hoverinfo="skip")
    )
    names, unit = found.facts["names"], found.facts["unit"]
    heads = {"symbol": "triangle-up", "size": 7, "color": size.ravel(), "coloraxis": "coloraxis"}
    heads["angle"] = np.degrees(np.arctan2(ends[0] - x, ends[1] - y)).ravel()
    told = np.stack([across, up], -1).reshape(-1, 2)
    hover = f"{cut(names[0])}: %{{customdata[0]:.3g}}<br>{cut(names[1])}: %{{customdata[1]:.3g}}<extra></extra>"
    figure.add_scatter(
        x=ends[0].ravel(), y=ends[1].ravel(), mode="markers", marker=heads, customdata=told, hovertemplate=hover, showlegend=False
    )
    _around(figure, found, True)
    answer = cut(found.facts["target"])
    axes = [f"{cut(name, 24)} (an arrow {way}: it speaks for '{answer}')" for name, way in zip(names, ("to the right", "up"), strict=True)]
    figure.update_xaxes(title=axes[0], zeroline=False, constrain="domain")
    figure.update_yaxes(title={"text": axes[1], "font": {"size": 12}}, zeroline=False, scaleanchor="x", constrain="domain")
    amount = {"title": {"text": f"length of the arrow ({cut(unit)})", "side": "right"}, "thickness": 12}
    legend = {"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "xref": "container", "x": 0.01}
    shades = {"colorscale": [[0, "#A9C9E2"], [1, "#0072B2"]], "cmin": 0, "cmax": most, "colorbar": amount}
    return figure.update_layout(coloraxis=shades, legend=legend, height=500, margin={"t": 50, "r": 10, "b": 10, "l": 10})
