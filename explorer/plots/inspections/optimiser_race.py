"""Optimisers side by side: their paths down a surface, how low they are, and the loss of this network with each."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.data_histogram import faint
from explorer.plots.inspections._axes import scale
from explorer.plots.palette import BLUE, CATEGORIES, GREY, ORANGE
from explorer.results.inspected import Inspected

DASHES = ("solid", "dash", "dot", "dashdot")
COLOURS = (BLUE, ORANGE, *CATEGORIES[2:-1])  # grey is the run's own
SHADES = [[0, "#5F6B76"], [1, "#B8C0C8"]]  # low to high: seen on light and on dark, and no colour of a path
FLOOR = 1e-4  # heights below it have one colour


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {
        f"Down the {found.facts['surface']}": _paths(found),
        "How low, step by step": _heights(found),
        "On this network": _losses(found),
    }


def _style(number: int, own: bool = False) -> dict[str, str | int]:
    if own:
        return {"color": GREY, "width": 3, "dash": "solid"}
    return {"color": COLOURS[number % len(COLOURS)], "width": 2, "dash": DASHES[number // len(COLOURS) % len(DASHES)]}


def _paths(found: Inspected) -> go.Figure:
    x, y, heights, paths = (found.arrays[name] for name in ("grid_x", "grid_y", "heights", "paths"))
    log = np.log10(np.maximum(heights, FLOOR))
    powers = np.arange(np.floor(log.min()), np.ceil(log.max()) + 1)
    bar = {"title": "height", "tickvals": powers, "ticktext": [f"{10.0**power:g}" for power in powers]}
    contours = {"coloring": "lines", "start": powers[0], "end": powers[-1], "size": 0.5}
    lines = go.Contour(x=x, y=y, z=log, colorscale=SHADES, colorbar=bar, contours=contours, line={"width": 1}, hoverinfo="skip")
    figure = go.Figure(lines)
    for number, (name, path) in enumerate(zip(found.facts["names"], paths, strict=False)):
        steps = np.arange(len(path))
        figure.add_scatter(
            x=path[:, 0],
            y=path[:, 1],
            name=name,
            mode="lines",
            line=_style(number),
            customdata=np.stack([steps, path[:, 2]], 1),
            hovertemplate="step %{customdata[0]}: (%{x:.3g}, %{y:.3g}), height %{customdata[1]:.3g}",
        )
    start = {"color": GREY, "size": 11, "symbol": "x"}
    figure.add_scatter(x=paths[0, :1, 0], y=paths[0, :1, 1], mode="markers", marker=start, name="start", hoverinfo="skip")
    figure.update_xaxes(title="first weight, x", range=[x[0], x[-1]])
    figure.update_yaxes(title="second weight, y", range=[y[0], y[-1]])
    return _plain(figure, 460)


def _heights(found: Inspected) -> go.Figure:
    paths, figure = found.arrays["paths"], go.Figure()
    for number, (name, path) in enumerate(zip(found.facts["names"], paths, strict=False)):
        shown = np.where(path[:, 2] > 0, path[:, 2], np.nan)
        figure.add_scatter(x=np.arange(len(path)), y=shown, name=name, mode="lines", line=_style(number), hovertemplate="%{y:.3g}")
    figure.update_xaxes(title="step on the surface")
    figure.update_yaxes(title="height above the lowest point", **scale(paths[:, :, 2].flatten()))
    return _plain(figure).update_layout(hovermode="x unified")


def _losses(found: Inspected) -> go.Figure:
    losses, steps, figure = found.arrays["losses"], found.step + found.arrays["measured"], go.Figure()
    for number, (name, values) in enumerate(zip(found.facts["names"], losses, strict=True)):
        style, whole = _style(number, own=number == len(losses) - 1), np.isfinite(values).all(0)
        if len(values) > 1:
            figure.add_trace(_band(steps[whole], values[:, whole], str(style["color"])))
        figure.add_scatter(x=steps[whole], y=values[:, whole].mean(0), name=name, mode="lines", line=style, hovertemplate="%{y:.4g}")
    unit = f" ({found.facts['unit']})" if found.facts["unit"] else ""
    figure.update_xaxes(title="step (updates of the weights)")
    figure.update_yaxes(title=f"loss of {found.facts['examples']} examples{unit}", **scale(losses.flatten(), from_zero=False))
    return _plain(figure).update_layout(hovermode="x unified")


def _band(steps: np.ndarray, values: np.ndarray, colour: str) -> go.Scatter:
    """From the least to the most over the orders of the batches, as one outline."""
    return go.Scatter(
        x=np.concatenate([steps, steps[::-1]]),
        y=np.concatenate([values.max(0), values.min(0)[::-1]]),
        fill="toself",
        fillcolor=faint(colour),
        mode="lines",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )


def _plain(figure: go.Figure, height: int = 360) -> go.Figure:
    return figure.update_layout(
        height=height, margin={"t": 30, "r": 10, "b": 10, "l": 10}, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}
    )
