"""Examples as points, by class or by a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import LEGEND, MARGIN
from explorer.plots.palette import BLUE, CATEGORIES, ORANGE

NUMBERS = [[0, ORANGE], [0.5, "#B8BEC4"], [1, BLUE]]
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")  # for more classes than colours


def add_points(figure: go.Figure, points: np.ndarray, numbers: np.ndarray, marks: np.ndarray, facts: Mapping[str, Any]) -> go.Figure:
    """Draw points (n, 2): each class in its colour, or coloured by a number, with the number of the test example to point at."""
    if facts["colour"] == "number":
        bar = {"title": {"text": facts["name"], "side": "right"}}
        marker = {"color": marks, "colorscale": NUMBERS, "size": 6, "colorbar": bar}
        hover = f"example %{{customdata}}: %{{marker.color:.4g}}<extra>{facts['name']}</extra>"
        figure.add_scatter(
            x=points[:, 0], y=points[:, 1], customdata=numbers, mode="markers", marker=marker, hovertemplate=hover, showlegend=False
        )
        return figure
    for label, name in enumerate(facts["names"]):
        chosen = marks == label
        symbol = SYMBOLS[label // len(CATEGORIES) % len(SYMBOLS)]
        marker = {"color": CATEGORIES[label % len(CATEGORIES)], "size": 6, "opacity": 0.85, "symbol": symbol}
        hover = f"example %{{customdata}}<extra>{name}</extra>"
        x, y = points[chosen].T
        figure.add_scatter(x=x, y=y, customdata=numbers[chosen], name=name, mode="markers", marker=marker, hovertemplate=hover)
    return figure


def laid_out(figure: go.Figure, axes: tuple[str, str], square: bool = True) -> go.Figure:
    figure.update_xaxes(title=axes[0], zeroline=False, **({"constrain": "domain"} if square else {}))
    figure.update_yaxes(title=axes[1], zeroline=False, **({"scaleanchor": "x", "constrain": "domain"} if square else {}))
    return figure.update_layout(height=480, margin=MARGIN, legend=LEGEND)
