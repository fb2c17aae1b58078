"""Series: single ones beside each other, and what those of a class have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.data_histogram import faint
from explorer.plots.palette import BLUE, CATEGORIES, ORANGE
from explorer.results.profile import Band, Echo

MOST_STRETCHES = 1200  # a screen has no more columns


def series_examples(
    rows: np.ndarray, captions: Sequence[str], unit: str, following: np.ndarray | None = None, across: int = 4
) -> go.Figure:
    """Single series, each in a field of its own with its caption above. No series give an empty, labelled figure.

    Args:
        rows: float (n, T), the first number at each step.
        captions: n.
        unit: name of that number, with its unit.
        following: (n, H) what comes next, where that is to be foreseen.
    """
    down = max(-(-len(rows) // across), 1)
    figure = make_subplots(
        down,
        across,
        shared_xaxes=True,
        shared_yaxes=True,
        horizontal_spacing=0.02,
        vertical_spacing=0.14 / down,
        subplot_titles=list(captions),
        x_title="step",
        y_title=unit,
    )
    for i, row in enumerate(rows):
        place = {"row": i // across + 1, "col": i % across + 1}
        figure.add_scatter(x=np.arange(1, len(row) + 1), y=row, mode="lines", line={"color": BLUE, "width": 1.5}, name="seen", **place)
        if following is not None:
            x, y = np.arange(len(row), len(row) + following.shape[1] + 1), np.concatenate([row[-1:], following[i]])
            figure.add_scatter(x=x, y=y, mode="lines", line={"color": ORANGE, "width": 1.5, "dash": "dot"}, name="to foresee", **place)
    figure.update_annotations(font_size=12)
    return figure.update_layout(showlegend=False, height=60 + 130 * down, margin={"t": 30, "r": 10, "b": 50, "l": 60})


def band_chart(bands: Sequence[Band], unit: str, across: int = 3) -> go.Figure:
    """The middle curve of every group in a field of its own, and the band that holds 80 % of its series. No bands give an empty figure."""
    down, across = max(-(-len(bands) // across), 1), max(min(len(bands), across), 1)
    titles = [band.name for band in bands] if len(bands) > 1 else []
    figure = make_subplots(down, across, shared_yaxes="all", subplot_titles=titles, x_title="step", y_title=unit, horizontal_spacing=0.03)
    for number, band in enumerate(bands):
        place = {"row": number // across + 1, "col": number % across + 1}
        colour, steps = CATEGORIES[number % len(CATEGORIES)], np.arange(1, len(band.middle) + 1)
        outline = {"x": np.concatenate([steps, steps[::-1]]), "y": np.concatenate([band.high, band.low[::-1]])}
        figure.add_scatter(**outline, fill="toself", fillcolor=faint(colour, 0.25), line={"width": 0}, hoverinfo="skip", **place)
        figure.add_scatter(x=steps, y=band.middle, name=band.name, line={"color": colour, "width": 2}, hovertemplate="%{y:.3g}", **place)
    return figure.update_layout(height=120 + 210 * down, showlegend=False, margin={"t": 30, "r": 10, "b": 50, "l": 60})


def echo_chart(echoes: Sequence[Echo]) -> go.Figure:
    """How much series are like themselves so many steps later. No groups give an empty, labelled figure."""
    figure = go.Figure()
    for number, echo in enumerate(echoes):
        colour = CATEGORIES[number % len(CATEGORIES)]
        figure.add_scatter(x=echo.lags, y=echo.values, name=echo.name, line={"color": colour, "width": 2}, hovertemplate="%{y:.2f}")
    figure.update_xaxes(title="steps later", rangemode="tozero")
    figure.update_yaxes(title="autocorrelation (1: the same again)", range=[-1.05, 1.05])
    return figure.update_layout(
        height=330,
        showlegend=len(echoes) > 1,
        hovermode="x unified",
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )


def echoes_in_words(echoes: Sequence[Echo]) -> str:
    """The chart as a sentence."""
    parts = [f"{echo.name} {echo.values[min(1, len(echo.values) - 1)]:.2f} after one step" for echo in echoes]
    return f"Autocorrelation: {'; '.join(parts)}."


def waveform(samples: np.ndarray, rate: int) -> go.Figure:
    """A sound as it moves the air. Long sounds are drawn by the lowest and highest value of each stretch.

    Args:
        samples: int16 (n,).
        rate: samples per second.
    """
    stretch = max(len(samples) // MOST_STRETCHES, 1)
    rows = samples[: len(samples) // stretch * stretch].reshape(-1, stretch) / 32768
    ends = np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1).ravel() if stretch > 1 else rows[:, 0]
    seconds = np.arange(len(ends)) * (stretch / 2 if stretch > 1 else 1) / rate
    figure = go.Figure(go.Scatter(x=seconds, y=ends, line={"color": BLUE, "width": 1}, hovertemplate="%{x:.3f} s: %{y:.2f}<extra></extra>"))
    figure.update_xaxes(title="time (s)")
    figure.update_yaxes(title="pressure (share of the loudest)", range=[-1, 1])
    return figure.update_layout(height=220, margin={"t": 10, "r": 10, "b": 10, "l": 10})


def one_series(values: np.ndarray, names: Sequence[str], title: str) -> go.Figure:
    """The numbers of one example over its steps.

    Args:
        values: float (T, features).
        names: one per feature.
        title: of the vertical axis.
    """
    figure = go.Figure()
    for i in range(values.shape[1]):
        figure.add_scatter(
            x=np.arange(1, len(values) + 1),
            y=values[:, i],
            name=names[i] if i < len(names) else f"number {i + 1}",
            line={"color": CATEGORIES[i % len(CATEGORIES)], "width": 2},
            hovertemplate="step %{x}: %{y:.4g}<extra></extra>",
        )
    figure.update_xaxes(title="step")
    figure.update_yaxes(title=title)
    return figure.update_layout(height=260, showlegend=values.shape[1] > 1, margin={"t": 20, "r": 10, "b": 10, "l": 10})
