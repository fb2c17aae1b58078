"""What a concept does to an answer, beside what random examples do."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._examples import of_found
from explorer.plots.inspections._drawing import MARGIN, visible
from explorer.plots.palette import BLUE, GREY
from explorer.results.inspected import Inspected

SPREAD = 0.12  # of a row's height, by which points beside each other are set apart


def figures(found: Inspected) -> dict[str, go.Figure]:
    concept = visible(found.facts["concept"], 40)
    arrays = found.arrays
    about = found.facts["shown"]
    captions = [f"{number} ({truth})" if truth else f"{number}" for number, truth in zip(about["numbers"], about["truths"], strict=True)]
    scores = _strips(concept, arrays["scores"], arrays["chance_scores"], "TCAV score: share whose answer grows towards the concept")
    told = _strips(concept, arrays["accuracies"], arrays["chance_accuracies"], "held-out examples that the direction sorts right")
    slopes = arrays["slopes"]
    differ = len(slopes) > 0 and np.ptp(slopes) > 1e-6 * np.abs(slopes).max()  # a linear answer has the same slope everywhere
    return {
        "What the concept does to the answer": scores,
        "Whether the layer holds the concept": told,
        **({"How steeply the answer follows the concept": _slopes(slopes)} if differ else {}),
        "Examples of the concept": of_found(found, captions),
    }


def _strips(concept: str, values: np.ndarray, chance: np.ndarray, title: str) -> go.Figure:
    """One point for each draw, and a diamond for the mean; random examples below."""
    figure = go.Figure()
    for row, (name, numbers, colour) in enumerate([(concept, values, BLUE), ("random examples", chance, GREY)]):
        apart = row + SPREAD * np.linspace(-1, 1, max(len(numbers), 1))
        point = {"color": colour, "size": 8, "opacity": 0.6}
        figure.add_scatter(x=numbers, y=apart, mode="markers", marker=point, hovertemplate=f"{name}: %{{x:.3g}}<extra></extra>")
        mean = {"color": colour, "size": 15, "symbol": "diamond", "line": {"width": 1.5, "color": GREY}}
        hover = f"mean of {name}: %{{x:.3g}}<extra></extra>"
        figure.add_scatter(x=[numbers.mean()], y=[row], mode="markers", marker=mean, hovertemplate=hover)
    figure.add_vline(x=0.5, line={"color": GREY, "dash": "dot", "width": 1})
    figure.update_xaxes(title=f"{title} (dotted: 0.5)", range=[-0.03, 1.03])
    figure.update_yaxes(
        tickmode="array", tickvals=[0, 1], ticktext=[concept, "random examples"], range=[1.5, -0.5], showgrid=False, zeroline=False
    )
    return figure.update_layout(height=210, margin=MARGIN, showlegend=False)


def _slopes(slopes: np.ndarray) -> go.Figure:
    figure = go.Figure(go.Histogram(x=slopes, nbinsx=40, marker={"color": BLUE}, hovertemplate="%{x}: %{y}<extra></extra>"))
    figure.add_vline(x=0, line={"color": GREY, "dash": "dot", "width": 1})
    figure.update_xaxes(title="slope of the score along the concept, mean direction of all draws")
    figure.update_yaxes(title="examples")
    return figure.update_layout(height=240, margin=MARGIN, bargap=0.03)
