"""The loss in a plane through the weights, and the way the run took."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._axes import WIDE
from explorer.plots.inspections._drawing import MARGIN, PALE
from explorer.plots.palette import BLUE, ORANGE, RED
from explorer.results.inspected import Inspected

SHADES = [[0.0, PALE], [0.5, "#7FB8D8"], [1.0, BLUE]]  # low to high
LABEL = {"showarrow": True, "arrowwidth": 1, "arrowcolor": "#1B2631", "bgcolor": "rgba(255,255,255,0.85)", "font": {"color": "#1B2631"}}
LINES = 16  # contours
AXES = {
    "random": ("first random direction (lengths of the filters)", "second random direction"),
    "path": ("direction of the widest spread (length)", "second direction (length)"),
}


def figures(found: Inspected) -> dict[str, go.Figure]:
    x, y = found.arrays["x"], found.arrays["y"]
    figure = go.Figure(_ground(found))
    _way(figure, found)
    across, up = AXES[found.facts["plane"]]
    figure.update_xaxes(title=across, range=[x[0], x[-1]], showgrid=False, zeroline=False)
    figure.update_yaxes(title=up, range=[y[0], y[-1]], showgrid=False, zeroline=False)
    title = f"The loss around the weights of {found.facts['at']}"
    return {title: figure.update_layout(height=500, margin=MARGIN, showlegend=False)}


def _ground(found: Inspected) -> go.Contour:
    """Filled contours; the colour counts powers of ten where the loss spans more than one."""
    losses, unit = found.arrays["losses"], f" ({found.facts['unit']})" if found.facts["unit"] else ""
    known = losses[np.isfinite(losses)]
    wide = bool(len(known)) and known.min() > 0 and known.max() > WIDE * known.min()
    z = np.log10(losses) if wide else losses
    bar = {"title": {"text": f"loss of {found.facts['examples']} examples{unit}", "side": "right"}, **(_powers(z) if wide else {})}
    return go.Contour(
        x=found.arrays["x"],
        y=found.arrays["y"],
        z=z,
        customdata=losses,
        colorscale=SHADES,
        contours=_levels(z),
        line={"width": 0.7, "color": "#5F6B76"},
        colorbar=bar,
        hovertemplate="(%{x:.3g}, %{y:.3g}): loss %{customdata:.4g}<extra></extra>",
    )


def _levels(z: np.ndarray) -> dict:
    """Contours at the same round distance from each other."""
    low, high = (float(np.nanmin(z)), float(np.nanmax(z))) if np.isfinite(z).any() else (0.0, 1.0)
    least = (high - low) / LINES or 1.0
    power = 10.0 ** np.floor(np.log10(least))
    size = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)
    return {"start": float(np.ceil(low / size) * size), "end": float(np.floor(high / size) * size), "size": float(size)}


def _powers(z: np.ndarray) -> dict:
    """Where a bar is written on: whole powers of ten, or 1, 2 and 5 times them where there are few."""
    low, high = np.nanmin(z), np.nanmax(z)
    powers = np.arange(np.floor(low), np.ceil(high) + 1)
    every = max(round(len(powers) / 8), 1)
    factors = (1, 2, 5) if len(powers) <= 4 else (1,)
    values = [float(10.0**power * factor) for power in powers[::every] for factor in factors]
    values = [value for value in values if low <= np.log10(value) <= high]
    return {"tickvals": np.log10(values).tolist(), "ticktext": [f"{value:.3g}" for value in values]}


def _way(figure: go.Figure, found: Inspected) -> None:
    path, steps, walked = (found.arrays[name] for name in ("path", "steps", "walked"))
    figure.add_scatter(
        x=path[:, 0],
        y=path[:, 1],
        mode="lines+markers",
        line={"color": ORANGE, "width": 2},
        marker={"color": ORANGE, "size": 5, "line": {"color": "#3A2A00", "width": 0.5}},
        customdata=np.stack([steps, walked], 1),
        hovertemplate="step %{customdata[0]:,}: its loss was %{customdata[1]:.4g}<extra></extra>",
    )
    ends = ((0, "x", f"step {steps[0]:,}", (-45, 35)), (-1, "star", found.facts["at"], (45, -35)))
    for place, symbol, name, (right, down) in ends if len(steps) > 1 else ends[1:]:
        x, y = path[place]
        marker = {"color": RED, "size": 13, "symbol": symbol, "line": {"color": "#FFFFFF", "width": 1}}
        figure.add_scatter(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip")
        figure.add_annotation(x=x, y=y, text=name, ax=right, ay=down, **LABEL)
