from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.inspections._drawing import MARGIN, visible
from explorer.plots.palette import BLUE, GREY
from explorer.results.inspected import Inspected

MOST = 24  # bars


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {"Score, exponential, share": _three(found)}


def _three(found: Inspected) -> go.Figure:
    """The same classes three times, the most probable first; the chosen one in blue."""
    chosen, shares = found.facts["unit"], found.arrays["shares"]
    order = np.argsort(-shares, kind="stable")[:MOST]
    order = order if chosen in order else np.append(order[:-1], chosen)
    names = [visible(found.facts["names"][i], 20) for i in order]
    names = [f"{name}" if names.count(name) == 1 else f"{name} ({i})" for name, i in zip(names, order, strict=True)]
    colours = [BLUE if i == chosen else GREY for i in order]
    titles = ("score", "exponential, the largest is 1", "share")
    figure = make_subplots(1, 3, subplot_titles=titles, shared_yaxes=True, horizontal_spacing=0.09)
    for column, key in enumerate(("logits", "exponentials", "shares"), 1):
        values = found.arrays[key][order]
        text = [_percent(value) if key == "shares" else f"{value:.3g}" for value in values]
        look = {"orientation": "h", "marker": {"color": colours}, "textposition": "outside", "cliponaxis": False}
        bar = go.Bar(x=values, y=names, text=text, hovertemplate="%{y}: %{x:.4g}<extra></extra>", **look)
        figure.add_trace(bar, row=1, col=column)
    for column, unit in enumerate(("score (logit)", "e to the score", "share"), 1):
        figure.update_xaxes(title=unit, row=1, col=column)
    figure.update_xaxes(tickformat=".0%", row=1, col=3)
    figure.update_yaxes(autorange="reversed", type="category")
    return figure.update_layout(height=130 + 24 * len(order), margin={**MARGIN, "t": 40, "r": 50}, showlegend=False)


def _percent(share: float) -> str:
    return "under 0.1%" if 0 < share < 0.001 else f"{share:.1%}"
