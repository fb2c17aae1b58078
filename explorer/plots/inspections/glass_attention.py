from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.inspections._drawing import MARGIN, heat, tick_names
from explorer.plots.palette import BLUE, GREY
from explorer.results.inspected import Inspected

WIDE = 12  # numbers of a key that are written in


def figures(found: Inspected) -> dict[str, go.Figure]:
    a, steps = found.arrays, found.facts["steps"]
    axes = ("number", "step that is looked at")
    return {
        f"Head {found.facts['head']}: scores become weights": _scores(found),
        "Query": heat(a["query"][None], ("number", "step that looks"), "query", (None, [found.facts["asking"]])),
        "Keys: what each step offers to be found by": heat(a["keys"], axes, "key", (None, steps)),
        "Values: what each step gives, times its weight": heat(a["values"] * a["weights"][:, None], axes, "weight x value", (None, steps)),
        "Result of this head": heat(a["result"][None], ("number", "step that looks"), "result", (None, [found.facts["asking"]])),
    }


def _scores(found: Inspected) -> go.Figure:
    """Scaled scores and weights for every step; what may not be seen is left out."""
    a, steps = found.arrays, found.facts["steps"]
    numbers = np.arange(len(steps))
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.1)
    scores = np.where(a["mask"], np.nan, a["scaled"])
    figure.add_bar(x=numbers, y=scores, marker={"color": GREY}, hovertemplate="step %{x}: %{y:.4g}<extra></extra>", row=1, col=1)
    figure.add_bar(x=numbers, y=a["weights"], marker={"color": BLUE}, hovertemplate="step %{x}: %{y:.2%}<extra></extra>", row=2, col=1)
    figure.update_yaxes(title="score / √d", row=1, col=1)
    figure.update_yaxes(title="weight", tickformat=".0%", rangemode="tozero", row=2, col=1)
    figure.update_xaxes(title="step that is looked at", row=2, col=1, **tick_names(steps))
    return figure.update_layout(height=380, margin=MARGIN, showlegend=False)
