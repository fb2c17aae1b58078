"""The gradient and the signal through the depth of a network, of several networks beside each other where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.palette import BLUE, GREEN, ORANGE, PURPLE
from explorer.results.inspected import Inspected

LOOKS = ((BLUE, "circle", "solid"), (ORANGE, "diamond", "dash"), (GREEN, "square", "dash"), (PURPLE, "triangle-up", "dash"))
PANELS = (("gradient", "gradient per weight<br>(root mean square)"), ("signal", "how far examples differ<br>(standard deviation)"))


HEIGHT, LINE = 370, 19  # pixels; a line of the legend is added for each network where there are several


@dataclass(frozen=True)
class Curve:
    """One network in the picture.

    Attributes:
        label: what it is called.
        found: what `depth_flow` found in it.
        look: number of its colour and sign, 0 for the network the page is about; the same in every picture.
    """

    label: str
    found: Inspected
    look: int = 0


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {"Gradient and signal, layer by layer": compared([Curve("this network", found)])}


def compared(curves: Sequence[Curve]) -> go.Figure:
    """Gradient above, signal below, over the number of the layer. No curves give an empty, labelled figure."""
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.56, 0.44])
    for curve in reversed(curves):  # the first lies on top
        for row, (key, _) in enumerate(PANELS, 1):
            figure.add_trace(_line(curve, curve.found.arrays[key], legend=row == 1), row, 1)
    for row, (_, title) in enumerate(PANELS, 1):
        figure.update_yaxes(
            title={"text": title, "font": {"size": 12}}, type="log", exponentformat="power", nticks=6, minor={"ticks": ""}, row=row, col=1
        )
    longest = max((len(curve.found.arrays["gradient"]) for curve in curves), default=1)
    figure.update_xaxes(range=[0.6, longest + 0.4], showgrid=False, tickmode="linear", tick0=1, dtick=1 if longest <= 16 else 2)
    figure.update_xaxes(title="layer, from the input to the output", row=2, col=1)
    return figure.update_layout(
        height=HEIGHT + (LINE * len(curves) if len(curves) > 1 else 0),
        margin={"t": 10, "r": 10, "b": 10, "l": 10},
        showlegend=len(curves) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "reversed"},
        uirevision="depth",
    )


def _line(curve: Curve, values: np.ndarray, legend: bool) -> go.Scatter:
    """A logarithmic axis has no 0: such a layer is left out of the line."""
    colour, symbol, dash = LOOKS[curve.look % len(LOOKS)]
    names = curve.found.facts["layers"]
    return go.Scatter(
        x=np.arange(1, len(values) + 1),
        y=np.where(values > 0, values, np.nan),
        text=names,
        name=curve.label,
        legendgroup=curve.label,
        showlegend=legend,
        mode="lines+markers",
        line={"color": colour, "width": 2 if curve.look else 3, "dash": dash},
        marker={"color": colour, "size": 7 if curve.look else 9, "symbol": symbol},
        hovertemplate="%{text}: %{y:.3g}",
    )
