"""Many small pictures in one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.express as px
import plotly.graph_objects as go

from explorer.plots.palette import BLUE, ORANGE

LINE = 0.28  # height of a caption, in heights of a picture
GAP = 0.08  # between pictures


def montage(pictures: np.ndarray, captions: Sequence[str], across: int = 10, tall: int = 68, boxes: np.ndarray | None = None) -> go.Figure:
    """Pictures in rows, each with its caption below. No pictures give an empty figure.

    Args:
        pictures: float (n, channels, height, width), 0 dark to 1 bright; one channel is drawn in grey, three in colour.
        captions: n.
        across: pictures in a row.
        tall: height of one row, in pixels of the screen.
        boxes: (n, 4) left, top, right, bottom of a frame around something, in shares of the picture's sides.
    """
    n, _, high, wide = pictures.shape
    rows, line, gap = -(-n // across), max(round(LINE * high), 2), max(round(GAP * wide), 1)
    sheet = np.zeros((max(rows, 1) * (high + line), across * (wide + gap), 4), np.uint8)  # clear where there is nothing
    places = [((i // across) * (high + line), (i % across) * (wide + gap)) for i in range(n)]
    for (top, left), picture in zip(places, pictures, strict=True):
        sheet[top : top + high, left : left + wide] = coloured(picture)
    figure = px.imshow(sheet, binary_string=True, binary_compression_level=6)
    figure.add_scatter(
        x=[left + wide / 2 - 0.5 for _, left in places],
        y=[top + high + line / 2 - 0.6 for top, _ in places],
        text=list(captions),
        mode="text",
        hoverinfo="text",
        showlegend=False,
    )
    for (top, left), (x0, y0, x1, y1) in zip(places, boxes if boxes is not None else (), strict=False):
        sides = {"x0": left + x0 * wide - 0.5, "x1": left + x1 * wide - 0.5, "y0": top + y0 * high - 0.5, "y1": top + y1 * high - 0.5}
        figure.add_shape(type="rect", **sides, line={"color": ORANGE, "width": 2})
    figure.update_traces(hoverinfo="skip", hovertemplate=None, selector={"type": "image"})
    figure.update_xaxes(visible=False, range=[-0.5, sheet.shape[1] - 0.5], constrain="domain", constraintoward="left")
    figure.update_yaxes(visible=False, range=[sheet.shape[0] - 0.5, -0.5], scaleanchor="x", constrain="domain", constraintoward="top")
    return figure.update_layout(margin={"t": 0, "r": 0, "b": 0, "l": 0}, height=round(max(rows, 1) * tall * (1 + LINE)), dragmode=False)


def coloured(picture: np.ndarray) -> np.ndarray:
    """uint8 (height, width, 4) of a picture (channels, height, width); one channel in grey, three in colour, others by their mean."""
    shades = picture if len(picture) == 3 else np.repeat(picture.mean(axis=0, keepdims=True), 3, axis=0)
    levels = np.clip(np.nan_to_num(shades) * 255, 0, 255).round().astype(np.uint8).transpose(1, 2, 0)
    return np.concatenate([levels, np.full((*levels.shape[:2], 1), 255, np.uint8)], axis=2)


def numbers_of(picture: np.ndarray) -> go.Figure:
    """One channel (height, width) as the numbers it is: brightness in colour, and written where there is room."""
    high, wide = picture.shape
    signed = bool((picture < 0).any())
    scale = [[0, ORANGE], [0.5, "#808080"], [1, BLUE]] if signed else [[0, "#000000"], [1, "#FFFFFF"]]
    most = float(np.abs(picture).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=picture,
            x=list(range(1, wide + 1)),
            y=list(range(1, high + 1)),
            texttemplate="%{z:.2f}" if max(high, wide) <= 12 else None,
            textfont={"size": 10},
            hovertemplate="row %{y}, column %{x}: %{z:.3f}<extra></extra>",
            colorscale=scale,
            zmin=-most if signed else 0,
            zmax=most if signed else max(most, 1.0),
            xgap=1,
            ygap=1,
            colorbar={"title": "value"},
        )
    )
    figure.update_xaxes(title="column (pixels)", constrain="domain", showgrid=False, zeroline=False)
    figure.update_yaxes(title="row (pixels)", autorange="reversed", scaleanchor="x", constrain="domain", showgrid=False, zeroline=False)
    return figure.update_layout(margin={"t": 10, "r": 10, "b": 10, "l": 10}, height=420)
