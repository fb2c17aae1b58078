"""What the figures of inspections share: heat maps with their numbers, sheets of small pictures, bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import BLUE, GREEN, GREY, ORANGE

PALE = "#E9EDF0"  # stands for 0, on light and on dark
SIGNED = [[0.0, ORANGE], [0.5, PALE], [1.0, BLUE]]
UNSIGNED = [[0.0, PALE], [1.0, BLUE]]
MOST_WRITTEN = 16  # rows and columns whose numbers still fit into their fields
MOST_PARTED = 32  # rows and columns up to which fields have a line between them
MARGIN = {"t": 30, "r": 10, "b": 10, "l": 10}
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}
GAP = 0.12  # between the pictures of a sheet, in widths of one
SHEET = 620  # px, about how wide a sheet is
CAPTION = 0.3  # height of a caption, in heights of a picture
Ticks = tuple[Sequence[str] | None, Sequence[str] | None]  # names along x and along y; None: numbers


def heat(
    values: np.ndarray, axes: tuple[str, str], unit: str, ticks: Ticks = (None, None), limit: float | None = None, square: bool = False
) -> go.Figure:
    """Numbers (rows, columns) as colours, and written into the fields where there is room. Nothing gives an empty, labelled figure.

    Args:
        values: the numbers; NaN is left empty.
        axes: names of the columns' and the rows' axis, with what they count.
        unit: of the numbers.
        ticks: names of the columns and of the rows; without them they are counted from 0.
        limit: where colours are full; at the largest value when left out.
        square: fields are as high as wide.
    """
    high, wide = values.shape
    gap = 1 if max(high, wide) <= MOST_PARTED else 0
    figure = go.Figure(
        go.Heatmap(
            z=values,
            texttemplate="%{z:.3g}" if max(high, wide) <= MOST_WRITTEN else None,
            hovertemplate=f"{axes[1]} %{{y}}, {axes[0]} %{{x}}: %{{z:.4g}}<extra></extra>",
            xgap=gap,
            ygap=gap,
            hoverongaps=False,
            colorbar={"title": {"text": unit, "side": "right"}},
            **colours(values, limit),
        )
    )
    figure.update_xaxes(title=axes[0], **tick_names(ticks[0], wide))
    figure.update_yaxes(title=axes[1], autorange="reversed", **tick_names(ticks[1], high))
    if square:
        figure.update_xaxes(constrain="domain")
        figure.update_yaxes(scaleanchor="x", constrain="domain")
    return figure.update_layout(margin=MARGIN, height=min(max(230, 110 + 26 * high), 620) if not square else 420)


def colours(values: np.ndarray, limit: float | None = None) -> dict:
    """Colour scale and its ends: from pale to blue without negative numbers, from orange over pale to blue with them."""
    finite = values[np.isfinite(values)] if values.size else np.zeros(0)
    most = limit or float(np.abs(finite).max(initial=0.0)) or 1.0
    if (finite < 0).any():
        return {"colorscale": SIGNED, "zmin": -most, "zmax": most}
    return {"colorscale": UNSIGNED, "zmin": 0.0, "zmax": most}


def tick_names(names: Sequence[str] | None, count: int = 0, most: int = 40) -> dict:
    """Ticks at `count` whole numbers, with their names where there are some; of many every second, third, ..."""
    plain = {"showgrid": False, "zeroline": False}
    if names is None:
        return {**plain, "dtick": 1} if count <= MOST_WRITTEN else plain
    every = -(-len(names) // most) or 1
    longest = next((letters for most_names, letters in ((8, 30), (20, 22)) if len(names) <= most_names), 14)
    shown = [visible(name, longest) for name in names[::every]]
    upright = {"tickangle": 0} if max(map(len, shown), default=0) <= 2 else {}
    return {**plain, **upright, "tickmode": "array", "tickvals": list(range(0, len(names), every)), "ticktext": shown}


def visible(token: str, longest: int = 14) -> str:
    """A token as it can be read: spaces and line ends as signs, long ones cut."""
    text = token.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") if not token.strip() else token
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return text.replace("<", "&lt;").replace(">", "&gt;")


def sheet(pictures: np.ndarray, captions: Sequence[str], limits: np.ndarray, unit: str, across: int = 8) -> go.Figure:
    """Many small pictures with their captions above, each scaled to its own limit. No pictures give an empty figure.

    Args:
        pictures: (n, height, width).
        captions: n.
        limits: (n,) where colours are full.
        unit: of the numbers, which are read by pointing at them.
        across: pictures in a row.
    """
    n, high, wide = pictures.shape
    across = max(min(across, n), 1)
    gap, line = _between(high, wide)
    down = max(-(-n // across), 1)
    raw = np.full((down * (high + line), across * (wide + gap)), np.nan)
    scaled = raw.copy()
    differ = len(limits) > 0 and bool(limits.max() > limits.min())
    places = corners(n, (high, wide), across)
    for (top, left), picture, limit in zip(places, pictures, limits, strict=True):
        raw[top : top + high, left : left + wide] = picture
        scaled[top : top + high, left : left + wide] = picture / limit if differ else picture
    figure = go.Figure(
        go.Heatmap(
            z=scaled,
            customdata=raw,
            hovertemplate="%{customdata:.4g}<extra></extra>",
            hoverongaps=False,
            colorbar={"title": {"text": "share of its largest" if differ or not n else unit, "side": "right"}},
            **colours(scaled, 1.0 if differ or not n else float(limits[0])),
        )
    )
    figure.add_scatter(
        x=[left + wide / 2 - 0.5 for _, left in places],
        y=[top - line / 2 - 0.5 for top, _ in places],
        text=list(captions),
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x", constrain="domain")
    content = SHEET * scaled.shape[0] / scaled.shape[1] if n else 0.0
    return figure.update_layout(margin={"t": 10, "r": 10, "b": 10, "l": 10}, height=20 + min(max(content, 220), max(300, 110 * down)))


def corners(n: int, size: tuple[int, int], across: int = 8) -> list[tuple[int, int]]:
    """Top and left of each picture of a sheet of `n`, each of this height and width."""
    across, (gap, line) = max(min(across, n), 1), _between(*size)
    return [((i // across) * (size[0] + line) + line, (i % across) * (size[1] + gap)) for i in range(n)]


def _between(high: int, wide: int) -> tuple[int, int]:
    """How wide the gap between two pictures is, and how high the line of captions."""
    return max(round(GAP * wide), 1), max(round(CAPTION * high), 1)


def bars(names: Sequence[str], series: dict[str, np.ndarray], axes: tuple[str, str]) -> go.Figure:
    """Bars side by side: series name -> a number for each of `names`. Nothing gives an empty, labelled figure."""
    figure = go.Figure()
    for (name, values), colour in zip(series.items(), (BLUE, GREY, ORANGE, GREEN), strict=False):
        figure.add_bar(x=list(names), y=values, name=name, marker={"color": colour}, hovertemplate="%{x}: %{y:.4g}")
    figure.update_xaxes(title=axes[0], type="category")
    figure.update_yaxes(title=axes[1], rangemode="tozero")
    return figure.update_layout(margin=MARGIN, height=340, barmode="group", showlegend=len(series) > 1, legend=LEGEND)
