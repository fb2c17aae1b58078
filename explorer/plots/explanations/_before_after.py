"""An input before and after it was changed, as each kind of input is drawn."""

from __future__ import annotations

import textwrap

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.data_montage import coloured
from explorer.plots.explanations._grid import BORDER, inked
from explorer.plots.inspections._drawing import LEGEND, MARGIN, PALE, SIGNED, visible
from explorer.plots.palette import BLUE, GREY, ORANGE
from explorer.results.inspected import Inspected

MOST = 20  # changed columns that are drawn, the largest first
ACROSS = 10  # tokens in a line
NAME = 28  # letters of a column's name in a line


def before_after(found: Inspected) -> dict[str, go.Figure]:
    """Title -> figure: what was fed, what was fed instead, and what lies between them."""
    return DRAWN[found.facts["input"]](found)


def _pictures(found: Inspected) -> dict[str, go.Figure]:
    before, after, moved = (found.arrays[name] for name in ("before", "after", "moved"))
    figure = make_subplots(1, 3, subplot_titles=("before", "after", "what was changed"), horizontal_spacing=0.03)
    ends = np.concatenate([before.ravel(), after.ravel()])
    low, wide = float(ends.min()), float(np.ptp(ends)) or 1.0
    for column, picture in ((1, before), (2, after)):
        figure.add_trace(go.Image(z=coloured(inked((picture - low) / wide)), colormodel="rgba256", hoverinfo="skip"), 1, column)
    change = moved[np.abs(moved).argmax(0), *np.indices(moved.shape[1:])]
    most, heard = float(np.abs(change).max()) or 1.0, found.facts["input"] == "audio"
    figure.add_trace(
        go.Heatmap(
            z=change,
            colorscale=SIGNED,
            zmin=-most,
            zmax=most,
            colorbar={"title": {"text": "share of the range", "side": "right"}, "tickformat": "+.0%" if most >= 0.05 else "+.1%"},
            hovertemplate=("band %{y}, frame %{x}" if heard else "row %{y}, column %{x}") + ": %{z:+.1%} of the range<extra></extra>",
        ),
        1,
        3,
    )
    plain = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "constrain": "domain", **BORDER}
    figure.update_xaxes(title="time" if heard else None, **plain)
    figure.update_yaxes(title="pitch" if heard else None, col=1)
    for column in (1, 2, 3):
        figure.update_yaxes(autorange="reversed", scaleanchor=f"x{column}", constraintoward="top", **plain, row=1, col=column)
    figure.update_annotations(font_size=13)
    return {"Before and after": figure.update_layout(margin={**MARGIN, "pad": 0}, height=250)}


def _columns(found: Inspected) -> dict[str, go.Figure]:
    """A bar for each column that moved, with its values in its own unit."""
    before, after, moved, names = (*(found.arrays[name] for name in ("before", "after", "moved")), found.facts["names"])
    order = [at for at in np.argsort(-np.abs(moved)) if moved[at]][:MOST][::-1]
    labels = ["<br>".join(textwrap.wrap(visible(names[at] if at < len(names) else f"column {at}", 60), NAME)) for at in order]
    figure = go.Figure(
        go.Bar(
            x=moved[order],
            y=labels,
            orientation="h",
            marker={"color": [BLUE if moved[at] > 0 else ORANGE for at in order]},
            text=[f"{before[at]:.4g} → {after[at]:.4g}" for at in order],
            textposition="auto",
            hovertemplate="%{y}: %{text} (%{x:+.1%} of the range)<extra></extra>",
        )
    )
    figure.update_xaxes(title="how far it moved (share of its range in the data)", tickformat="+.0%", zeroline=True, nticks=8)
    figure.update_yaxes(type="category", title="column")
    figure.update_layout(margin=MARGIN, height=max(160, 110 + 28 * len(order)), showlegend=False)
    return {"What was changed": figure}


def _lines(found: Inspected) -> dict[str, go.Figure]:
    before, after, names = found.arrays["before"], found.arrays["after"], found.facts["names"]
    figure, steps = make_subplots(before.shape[1], 1, shared_xaxes=True, vertical_spacing=0.06), np.arange(1, len(before) + 1)
    for at in range(before.shape[1]):
        for name, values, colour, dash in (("before", before, GREY, "solid"), ("after", after, BLUE, "dash")):
            dots = {"mode": "lines+markers", "line": {"color": colour, "width": 2, "dash": dash}, "marker": {"size": 5}}
            figure.add_scatter(x=steps, y=values[:, at], name=name, showlegend=at == 0, row=at + 1, col=1, **dots)
        title = "<br>".join(textwrap.wrap(names[at] if at < len(names) else f"feature {at}", NAME))
        figure.update_yaxes(title=title, row=at + 1, col=1)
    figure.update_xaxes(title="step", row=before.shape[1], col=1)
    return {"Before and after": figure.update_layout(margin=MARGIN, height=min(180 + 130 * before.shape[1], 700), legend=LEGEND)}


def _points(found: Inspected) -> dict[str, go.Figure]:
    others, names = found.arrays["others"], found.facts["names"]
    both = np.stack([found.arrays["before"], found.arrays["after"]])
    figure = go.Figure()
    plain = {"mode": "markers", "hovertemplate": "(%{x:.3g}, %{y:.3g})<extra></extra>"}
    figure.add_scatter(x=others[:, 0], y=others[:, 1], name="training examples", marker={"color": GREY, "size": 5, "opacity": 0.5}, **plain)
    figure.add_scatter(x=both[:, 0], y=both[:, 1], mode="lines", line={"color": BLUE, "width": 2}, showlegend=False, hoverinfo="skip")
    for name, place, colour, symbol in (("before", both[0], ORANGE, "circle"), ("after", both[1], BLUE, "diamond")):
        marker = {"color": colour, "size": 13, "symbol": symbol, "line": {"color": "#FFFFFF", "width": 1}}
        figure.add_scatter(x=place[:1], y=place[1:], name=name, marker=marker, **plain)
    figure.update_xaxes(title=names[0] if names else "x", constrain="domain", zeroline=False)
    figure.update_yaxes(title=names[1] if names else "y", scaleanchor="x", constrain="domain", zeroline=False)
    return {"Before and after": figure.update_layout(margin=MARGIN, height=440, legend=LEGEND)}


def _tokens(found: Inspected) -> dict[str, go.Figure]:
    """Lines of tokens, each before and after, with room between them."""
    before, after = found.facts["tokens"], found.facts["tokens_after"]
    rows, names = [], []
    for first in range(0, len(before), ACROSS):
        last = min(first + ACROSS, len(before))
        rows += [before[first:last], after[first:last], []]
        names += [f"before, {first} to {last - 1}", "after", ""]
    text = [[visible(token, 10) for token in row] + [""] * (ACROSS - len(row)) for row in rows[:-1]]
    z = np.full((len(text), ACROSS), np.nan)
    for place, (one, other) in enumerate(zip(before, after, strict=True)):
        row = 3 * (place // ACROSS)
        z[row : row + 2, place % ACROSS] = float(one != other)
    figure = go.Figure(
        go.Heatmap(
            z=z,
            text=text,
            texttemplate="%{text}",
            textfont={"size": 12},
            hovertemplate="%{text}<extra></extra>",
            hoverongaps=False,
            colorscale=[[0.0, PALE], [1.0, ORANGE]],
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.update_xaxes(visible=False)
    ticks = {"tickmode": "array", "tickvals": list(range(len(rows) - 1)), "ticktext": names[:-1]}
    figure.update_yaxes(title="tokens (counted from 0)", autorange="reversed", showgrid=False, zeroline=False, **ticks)
    return {"Before and after": figure.update_layout(margin=MARGIN, height=60 + 34 * len(rows))}


DRAWN = {"image": _pictures, "audio": _pictures, "table": _columns, "series": _lines, "points": _points, "text": _tokens}
