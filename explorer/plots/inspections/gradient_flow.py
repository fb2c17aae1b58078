"""How strong the gradient is layer by layer, how much the next step changes, and how far batches agree."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import BLUE, GREEN, GREY, ORANGE, PURPLE
from explorer.results.inspected import Inspected

USUAL = 1e-3  # update-to-weight ratio that is often aimed at; a rule of thumb


def figures(found: Inspected) -> dict[str, go.Figure]:
    names = found.facts["layers"]
    return {
        "Gradient, weights and next step": _strength(names, found),
        "How much the next step changes": _ratio(names, found.arrays["ratio"]),
        "How far batches agree": _agreement(names, found),
    }


def _strength(names: list[str], found: Inspected) -> go.Figure:
    lines = (("weight", "weights", GREY, "square"), ("gradient", "gradient", BLUE, "circle"), ("update", "next step", ORANGE, "diamond"))
    figure = go.Figure([_line(names, found.arrays[key], name, colour, symbol) for key, name, colour, symbol in lines])
    figure.update_yaxes(title="root mean square per weight", type="log", exponentformat="power", dtick=1)
    return _layered(figure)


def _ratio(names: list[str], ratio: np.ndarray) -> go.Figure:
    figure = go.Figure(_line(names, ratio, "next step / weights", GREEN, "circle"))
    figure.add_hline(y=USUAL, line={"color": GREY, "dash": "dot"})
    figure.add_annotation(  # on a logarithmic axis its place is the power of ten
        text="0.1 %: a rule of thumb", x=1, xref="paper", xanchor="right", y=math.log10(USUAL), yanchor="bottom", showarrow=False
    )
    figure.update_yaxes(title="size of the step / size of the weights", type="log", exponentformat="power", dtick=1)
    return _layered(figure).update_layout(showlegend=False)


def _agreement(names: list[str], found: Inspected) -> go.Figure:
    noise = found.facts["noise"]
    figure = go.Figure(_line(names, found.arrays["agreement"], "agreement", PURPLE, "circle"))
    figure.add_hline(y=0.5, line={"color": GREY, "dash": "dot"}, annotation={"text": "chance", "yanchor": "bottom", "xanchor": "right"})
    figure.update_yaxes(title=f"pairs of batches of {noise['size']} with one sign", tickformat=".0%", range=[0, 1.02])
    return _layered(figure).update_layout(showlegend=False)


def _line(names: list[str], values: np.ndarray, name: str, colour: str, symbol: str) -> go.Scatter:
    """A logarithmic axis has no 0: such a layer is left out of the line."""
    shown = np.where(values > 0, values, np.nan)
    marker = {"color": colour, "size": 9, "symbol": symbol}
    return go.Scatter(
        x=names, y=shown, name=name, mode="lines+markers", line={"color": colour, "width": 2}, marker=marker, hovertemplate="%{y:.3g}"
    )


def _layered(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(title="layer, from the input to the output", type="category", showgrid=False)
    return figure.update_layout(
        height=340,
        hovermode="x unified",
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
