"""The answers of a network before and after its input was changed."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import LEGEND, MARGIN, visible
from explorer.plots.palette import BLUE, GREY

MOST = 8  # answers that are drawn, the highest of either; of numbers all that are known, in their order


def answers(before: list, after: list, unit: str) -> go.Figure:
    """Bars side by side of (name, score, probability or None): probabilities where there are some, else scores."""
    chances = bool(before) and before[0][2] is not None
    values = [{name: chance if chances else score for name, score, chance in one} for one in (before, after)]
    order = [name for name in values[0] if name in values[1]]
    if chances:
        order = sorted(order, key=lambda name: -max(values[0][name], values[1][name]))[:MOST]
    figure = go.Figure()
    for name, colour, one in (("before", GREY, values[0]), ("after", BLUE, values[1])):
        figure.add_bar(
            x=[visible(label, 24) for label in order],
            y=[one[label] for label in order],
            name=name,
            marker={"color": colour},
            hovertemplate="%{x}: %{y:.1%}" if chances else "%{x}: %{y:.4g}",
        )
    figure.update_xaxes(title="answer", type="category")
    figure.update_yaxes(title="probability" if chances else unit or "score", **({"tickformat": ".0%", "range": [0, 1]} if chances else {}))
    return figure.update_layout(margin=MARGIN, height=300, barmode="group", bargap=0.2 if len(order) > 1 else 0.6, legend=LEGEND)
