"""Examples as points: of the plane, of a curve, or of any two numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import BLUE, CATEGORIES, GREY, ORANGE

SYMBOLS = {"training": "circle", "validation": "square-open", "test": "circle-open"}
MOST_DRAWN = 4000  # points of each part: more take seconds to draw
SIZE = 6


def class_points(parts: dict[str, tuple[np.ndarray, np.ndarray]], class_names: Sequence[str], axes: tuple[str, str]) -> go.Figure:
    """Points by class in colour; those of the training part filled, those of the test part hollow, those for validation hollow squares.

    Args:
        parts: name of a part -> points (n, 2) and their class numbers (n,).
        axes: names of the two numbers, with their units.
    """
    figure = go.Figure()
    for label, name in enumerate(class_names):
        for part, (points, y) in parts.items():
            chosen = points[y == label][:MOST_DRAWN]
            marker = {"color": CATEGORIES[label % len(CATEGORIES)], "size": SIZE, "symbol": SYMBOLS[part], "opacity": 0.85}
            figure.add_scatter(
                x=chosen[:, 0],
                y=chosen[:, 1],
                name=name if part == "training" else f"{name}, {part}",
                mode="markers",
                marker=marker,
                hovertemplate="%{x:.3g}, %{y:.3g}",
            )
    return _square(_laid_out(figure, axes))


def valued_points(parts: dict[str, tuple[np.ndarray, np.ndarray]], axes: tuple[str, str], target: str) -> go.Figure:
    """Points of the plane coloured by the number to answer, orange for the lowest to blue for the highest.

    Args:
        parts: name of a part -> points (n, 2) and numbers (n,).
    """
    every = np.concatenate([values for _, values in parts.values()]) if parts else np.zeros(0)
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    figure = go.Figure()
    for part, (points, values) in parts.items():
        figure.add_scatter(
            x=points[:MOST_DRAWN, 0],
            y=points[:MOST_DRAWN, 1],
            customdata=values[:MOST_DRAWN],
            name=part,
            mode="markers",
            marker={
                "color": values[:MOST_DRAWN],
                "colorscale": [[0, ORANGE], [0.5, "#B8BEC4"], [1, BLUE]],
                "cmin": low,
                "cmax": high,
                "size": SIZE,
                "symbol": SYMBOLS[part],
                "showscale": part == "training",
                "colorbar": {"title": target},
            },
            hovertemplate=f"{target} %{{customdata:.4g}} at %{{x:.3g}}, %{{y:.3g}}",
        )
    return _square(_laid_out(figure, axes))


def plain_points(parts: dict[str, tuple[np.ndarray, np.ndarray]], axes: tuple[str, str]) -> go.Figure:
    """One number over another.

    Args:
        parts: name of a part -> the numbers along x (n,) and along y (n,).
    """
    figure = go.Figure()
    for part, (x, y) in parts.items():
        marker = {"color": BLUE if part == "training" else GREY, "size": SIZE, "symbol": SYMBOLS[part], "opacity": 0.7}
        figure.add_scatter(x=x[:MOST_DRAWN], y=y[:MOST_DRAWN], name=part, mode="markers", marker=marker, hovertemplate="%{x:.4g}, %{y:.4g}")
    return _laid_out(figure, axes)


def _square(figure: go.Figure) -> go.Figure:
    """One unit as long upwards as to the right."""
    figure.update_xaxes(constrain="domain")
    return figure.update_yaxes(scaleanchor="x", constrain="domain")


def _laid_out(figure: go.Figure, axes: tuple[str, str]) -> go.Figure:
    figure.update_xaxes(title=axes[0])
    figure.update_yaxes(title=axes[1])
    return figure.update_layout(
        height=440, margin={"t": 30, "r": 10, "b": 10, "l": 10}, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}
    )
