"""The way of a gradient back from the loss, the products it is the sum of, and the differences that check it."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._axes import scale
from explorer.plots.palette import BLUE, GREEN, GREY, ORANGE, PURPLE
from explorer.results.inspected import Inspected

MOST = 400  # products that can be told apart; of more the largest are drawn


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {
        "From the loss back": _way(found),
        "The products that make the gradient": _products(found),
        "Checked by differences": _check(found),
    }


def _way(found: Inspected) -> go.Figure:
    """Blocks and layers one after another in a line; what a block holds as points of its own."""
    chain, figure = found.facts["chain"], go.Figure()
    for inside, name, colour in ((False, "layers and blocks", BLUE), (True, "inside a block", PURPLE)):
        links = [link for link in chain if link["inside"] == inside]
        figure.add_scatter(
            x=[link["name"] for link in links],
            y=[link["out"] or None for link in links],
            customdata=["" if link["factor"] is None else f"leaves it {link['factor']:.3g} times as large" for link in links],
            name=name,
            mode="markers" if inside else "lines+markers",
            line={"color": colour, "width": 2},
            marker={"color": colour, "size": 9, "symbol": "circle-open" if inside else "circle"},
            hovertemplate="%{x}: %{y:.3g}<br>%{customdata}<extra></extra>",
            visible=bool(links),
        )
    names = [link["name"] for link in chain]
    figure.update_xaxes(
        title="layer, from the loss back", type="category", categoryorder="array", categoryarray=names, showgrid=False, automargin=True
    )
    figure.update_yaxes(title="norm of d loss / d output", **scale([link["out"] for link in chain]))
    return _plain(figure, legend=any(link["inside"] for link in chain))


def _products(found: Inspected) -> go.Figure:
    left, right, names = found.arrays["left"], found.arrays["right"], found.facts["names"]
    if len(left) == 1:
        return _single(float(left[0]), float(right[0]), names)
    product = left * right
    shown = np.sort(np.argsort(-np.abs(product), kind="stable")[:MOST])
    figure = go.Figure(
        go.Bar(
            x=shown,
            y=product[shown],
            marker={"color": np.where(product[shown] < 0, ORANGE, BLUE), "line": {"width": 0}},
            customdata=np.stack([left[shown], right[shown]], 1),
            hovertemplate="%{customdata[0]:.3g} x %{customdata[1]:.3g} = %{y:.3g}<extra></extra>",
        )
    )
    rest = f", the {MOST} largest of {len(product)}" if len(product) > MOST else ""
    figure.update_xaxes(title=f"{found.facts['over'] or 'position'}, counted from 0{rest}")
    figure.update_yaxes(title="product (loss per unit of weight)")
    return _plain(figure)


def _single(left: float, right: float, names: list[str]) -> go.Figure:
    """One product: its two factors beside it; where nothing is multiplied, the derivative alone."""
    bars = [("d loss / d output", left, GREY), ("what comes in", right, GREY), ("gradient", left * right, BLUE)] if names[1] else []
    bars = bars or [("gradient", left, BLUE)]
    figure = go.Figure(
        go.Bar(
            x=[name for name, _, _ in bars],
            y=[value for _, value, _ in bars],
            marker={"color": [colour for _, _, colour in bars]},
            text=[f"{value:.3g}" for _, value, _ in bars],
            hovertemplate="%{x}: %{y:.4g}<extra></extra>",
        )
    )
    figure.update_xaxes(title="factor and product" if names[1] else "derivative", type="category")
    figure.update_yaxes(title="value")
    return _plain(figure)


def _check(found: Inspected) -> go.Figure:
    steps, errors, used = found.arrays["steps"], found.arrays["errors"], found.facts["difference"]
    figure = go.Figure(
        go.Scatter(
            x=steps,
            y=np.where(errors > 0, errors, np.nan),
            mode="lines+markers",
            line={"color": GREEN, "width": 2},
            marker={"color": GREEN, "size": 8},
            name="difference",
            hovertemplate="step %{x:.1g}: error %{y:.2g}<extra></extra>",
        )
    )
    figure.add_vline(x=used["step"], line={"color": GREY, "dash": "dot"})
    figure.add_annotation(  # on a logarithmic axis its place is the power of ten
        text="the check", x=math.log10(used["step"]), y=1, yref="paper", yanchor="bottom", showarrow=False
    )
    figure.update_xaxes(title="step to either side of the weight", type="log", exponentformat="power", dtick=1)
    figure.update_yaxes(title="relative error", type="log", exponentformat="power")
    return _plain(figure)


def _plain(figure: go.Figure, legend: bool = False) -> go.Figure:
    return figure.update_layout(
        height=340,
        showlegend=legend,
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
