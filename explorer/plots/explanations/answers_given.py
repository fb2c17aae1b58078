"""What a network answers for the example that is explained."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import visible
from explorer.plots.palette import BLUE, GREY
from explorer.results.inspected import Inspected

MOST = 6  # answers that are drawn


def answers_given(found: Inspected) -> go.Figure:
    """The highest answers for the example: probabilities where there are some, else scores. The one that is explained stands out."""
    answers = found.facts["answers"][:MOST]
    chances = answers[0][2] is not None
    values = [chance if chances else score for _, score, chance in answers]
    names = [visible(name, 22) for name, _, _ in answers]
    unit = found.facts.get("answered_in") or "score"
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(names))),
            orientation="h",
            marker={"color": [BLUE if name == found.facts.get("target") else GREY for name, _, _ in answers]},
            text=[f"{value:.1%}" if chances else f"{value:.3g}" for value in values],
            textposition="auto",
            customdata=[score for _, score, _ in answers],
            hovertemplate="%{customdata:.4g}" + f" {unit}<extra></extra>",
        )
    )
    figure.update_xaxes(
        title={"text": "probability" if chances else unit, "standoff": 8},
        **({"range": [0, 1.02], "tickformat": ".0%", "dtick": 0.5} if chances else {}),
    )
    figure.update_yaxes(tickmode="array", tickvals=list(range(len(names))), ticktext=names, autorange="reversed")
    margin = {"t": 30, "r": 22, "b": 10, "l": 10}
    return figure.update_layout(
        height=90 + 26 * len(names), margin=margin, title={"text": "What the network answers", "font": {"size": 14}}
    )
