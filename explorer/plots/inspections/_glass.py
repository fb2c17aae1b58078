"""Small tables of numbers side by side, as they are multiplied, compared or pooled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.inspections._drawing import MARGIN, SIGNED, visible
from explorer.plots.palette import BLUE, GREY, ORANGE, RED

MOST_WRITTEN = 12  # rows and columns of a table whose numbers are written in
MOST_ROWS = 24  # of a list of parts
ROW, BETWEEN = 24, 40  # px: of a row of numbers, and between two tables
ROOM = 0.45  # of the width, for the number at the end of a bar
PICTURE = 310  # px of height of a picture that shares the width with another, and with words
ABOVE = {"orientation": "h", "thickness": 8, "x": 0.5, "xanchor": "center", "y": 1.0, "yanchor": "bottom"}


def tables(rows: Sequence[tuple[str, Sequence[np.ndarray]]], titles: Sequence[str], axes: tuple[str, str]) -> go.Figure:
    """Rows of tables with their numbers written in; each column of them has its own colours, and a title above.

    Args:
        rows: name of the row, written at its left, and one matrix (height, width) for each title.
        titles: of the columns.
        axes: what the columns and rows of a matrix are.
    """
    down, across = max(len(rows), 1), len(titles)
    figure = make_subplots(down, across, column_titles=list(titles), horizontal_spacing=0.08, vertical_spacing=0.14 / down)
    limits = [max((float(np.abs(matrices[j]).max(initial=0)) for _, matrices in rows), default=0.0) or 1.0 for j in range(across)]
    for i, (name, matrices) in enumerate(rows):
        for j, matrix in enumerate(matrices):
            figure.add_trace(_table(matrix, limits[j], axes), row=i + 1, col=j + 1)
        figure.update_yaxes(title={"text": f"{name}<br>{axes[1]}" if name else axes[1], "standoff": 4}, row=i + 1, col=1)
    figure.update_xaxes(constrain="domain", showgrid=False, zeroline=False, dtick=1)
    figure.update_xaxes(title={"text": axes[0], "standoff": 4}, row=down)
    figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False, dtick=1)
    figure.update_annotations(font_size=13)
    high = max((matrices[0].shape[0] for _, matrices in rows), default=1)
    return figure.update_layout(height=min(100 + down * (BETWEEN + ROW * min(high, 8)), 1100), margin={**MARGIN, "t": 40}, showlegend=False)


def _table(matrix: np.ndarray, limit: float, axes: tuple[str, str]) -> go.Heatmap:
    return go.Heatmap(
        z=matrix,
        zmin=-limit,
        zmax=limit,
        colorscale=SIGNED,
        showscale=False,
        xgap=1,
        ygap=1,
        texttemplate="%{z:.3g}" if max(matrix.shape) <= MOST_WRITTEN else None,
        hovertemplate=f"{axes[1]} %{{y}}, {axes[0]} %{{x}}: %{{z:.4g}}<extra></extra>",
    )


def parts(names: Sequence[str], values: np.ndarray, axis: str, rest: Sequence[tuple[str, float]] = (), most: int = MOST_ROWS) -> go.Figure:
    """Numbers that are added up, the largest first, blue above 0 and orange below; of many the smallest are added up to one bar.

    Args:
        names: of the parts.
        values: the parts.
        axis: what is added, with its unit.
        rest: more bars at the end: the bias, the sum.
        most: parts that have a bar of their own.
    """
    order = np.argsort(-np.abs(values), kind="stable")
    first, others = order[:most], order[most:]
    bars = [(visible(names[i], 44), float(values[i])) for i in first]
    if len(others):
        bars.append((f"{len(others)} smaller ones", float(values[others].sum())))
    bars += list(rest)
    numbers = list(range(len(bars)))
    colours = [BLUE if value >= 0 else ORANGE for _, value in bars]
    colours[len(bars) - len(rest) :] = [GREY] * len(rest)
    figure = go.Figure(
        go.Bar(
            x=[value for _, value in bars],
            y=numbers,
            customdata=[label for label, _ in bars],
            orientation="h",
            marker={"color": colours},
            text=[f"{value:.3g}" for _, value in bars],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{customdata}: %{x:.4g}<extra></extra>",
        )
    )
    figure.update_xaxes(title=axis, range=_with_room([value for _, value in bars]))
    ticks = {"tickmode": "array", "tickvals": numbers, "ticktext": [label for label, _ in bars]}
    figure.update_yaxes(autorange="reversed", title="part", showgrid=False, zeroline=False, automargin=True, **ticks)
    return figure.update_layout(height=110 + 24 * len(bars), margin=MARGIN, showlegend=False)


def _with_room(values: Sequence[float]) -> tuple[float, float]:
    """From the least to the largest, and room for a number at the end of each bar."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = ROOM * ((high - low) or 1.0)
    return low - room * (low < 0), high + room


def framed(picture: go.Figure, corner: tuple[int, int], far: tuple[int, int]) -> go.Figure:
    """A picture of what enters, with a frame from one field (row, column) to another: small enough to stand beside what leaves."""
    frame = {"x0": corner[1] - 0.5, "x1": far[1] + 0.5, "y0": corner[0] - 0.5, "y1": far[0] + 0.5}
    picture.add_shape(type="rect", line={"color": RED, "width": 3}, **frame)
    return small(picture)


def small(picture: go.Figure) -> go.Figure:
    """A picture that fits beside another: without numbers in its fields, and its colours explained above it."""
    picture.update_traces(texttemplate=None, colorbar=ABOVE, selector={"type": "heatmap"})
    picture.update_traces(colorbar_title_side="top", selector={"type": "heatmap"})
    return picture.update_layout(height=PICTURE, margin={**MARGIN, "t": 10})
