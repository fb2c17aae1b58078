"""An input made up to excite a unit, and the climb that led there."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._examples import of_found
from explorer.plots.inspections._drawing import LEGEND, MARGIN, visible
from explorer.plots.palette import CATEGORIES, GREY
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    what, climb, real = found.facts["what"], found.arrays["climb"], found.arrays["real"]
    captions = [f"made up: {value:.3g}" for value in climb[-1]] + [f"real: {real.max():.3g}"]
    return {f"What excites {visible(what, 60)}": of_found(found, captions), "The climb": _climb(found)}


def _climb(found: Inspected) -> go.Figure:
    """What is to grow at every step of every search, and what real examples give."""
    climb, real = found.arrays["climb"], found.arrays["real"]
    figure = go.Figure()
    for number, curve in enumerate(climb.T):
        line = {"color": CATEGORIES[number % len(CATEGORIES)], "width": 2}
        figure.add_scatter(x=np.arange(len(curve)), y=curve, mode="lines", name=f"search {number + 1}", line=line, hovertemplate="%{y:.4g}")
    for value, name, dash in ((float(real.max()), "highest real example", "dash"), (float(real.mean()), "mean of real examples", "dot")):
        ends = [0, max(len(climb) - 1, 1)]
        figure.add_scatter(x=ends, y=[value, value], mode="lines", name=name, line={"color": GREY, "dash": dash}, hovertemplate="%{y:.4g}")
    figure.update_xaxes(title="step of the climb")
    figure.update_yaxes(title=visible(found.facts["unit"], 36))
    return figure.update_layout(height=300, margin=MARGIN, legend=LEGEND)
