"""Maps over series: the line itself, coloured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.explanations._scale import MARK, TOP, Look, Scale, add_meaning, broken, scale_of
from explorer.plots.palette import GREY
from explorer.results.attribution import Attribution

ACROSS, BELOW, FOOT = 2, 44, 108  # small maps in a row, px of names below each, and below them all
MOST = 8  # features that get a field
DENSE, ASPECT = 600, 4.0  # dots of which a coloured line is made; a field's width over its height


def figures(found: Attribution, look: Look) -> dict[str, go.Figure]:
    values, line = _two(found.values), _two(found.arrays["input"])
    chosen = np.sort(np.argsort(-np.abs(values).sum(0), kind="stable")[:MOST])
    names = _names(found, values.shape[1])
    scale, planted = scale_of(found), found.arrays.get("planted")
    figure = make_subplots(len(chosen), 1, shared_xaxes=True, vertical_spacing=min(0.06, 0.3 / len(chosen)))
    add_meaning(figure, scale, planted is not None and bool(planted.any()))
    for row, feature in enumerate(chosen, 1):
        place = {"row": row, "col": 1}
        add_line(figure, line[:, feature], values[:, feature], place)
        if planted is not None:
            _add_planted(figure, line[:, feature], _two(planted)[:, feature] > 0, place)
        figure.update_yaxes(title={"text": broken(names[feature], 22), "font": {"size": 12}}, **place)
    figure.update_xaxes(**_ticks(line))
    figure.update_xaxes(title="step", row=len(chosen), col=1)
    left = f", the {MOST} features that count most of {values.shape[1]}" if len(chosen) < values.shape[1] else ""
    margin = {"t": TOP - 20, "r": 10, "b": 10, "l": 10}
    figure.update_layout(coloraxis=scale.axis(), height=TOP + max(230, 150 * len(chosen)), margin=margin)
    return {f"Where in the series{left}": figure}


def add_line(figure: go.Figure, line: np.ndarray, values: np.ndarray, place: dict) -> None:
    """A line (steps,) as thick dots close to each other in the colours of its numbers (steps,), with its steps on it."""
    x, y, nearest = dense(line)
    dots = {"color": values[nearest], "coloraxis": "coloraxis", "size": 8}
    figure.add_scatter(x=x, y=y, mode="markers", marker=dots, hoverinfo="skip", showlegend=False, **place)
    steps, ring = np.arange(1, len(line) + 1), {"color": values, "coloraxis": "coloraxis", "size": 11, "line": {"color": GREY, "width": 1}}
    marker = ring if len(line) <= DENSE // 8 else {"opacity": 0, "size": 8}
    hover = "step %{x}: %{y:.4g}<br>map: %{customdata:.4g}<extra></extra>"
    thin = {"color": GREY, "width": 1}
    figure.add_scatter(
        x=steps, y=line, customdata=values, mode="lines+markers", line=thin, marker=marker, hovertemplate=hover, showlegend=False, **place
    )


def dense(line: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places evenly along the line as it is seen: their steps, counted from 1, their heights, and the step each is nearest to."""
    steps = np.arange(len(line), dtype=float)
    across = np.diff(steps) / max(len(line) - 1, 1) * ASPECT
    up = np.diff(line) / (float(np.ptp(line)) or 1.0)
    gone = np.concatenate([[0.0], np.cumsum(np.hypot(across, up))])
    x = np.interp(np.linspace(0, gone[-1], DENSE), gone, steps)
    return x + 1, np.interp(x, steps, line), x.round().astype(int)


def _add_planted(figure: go.Figure, line: np.ndarray, planted: np.ndarray, place: dict) -> None:
    if planted.any():
        x, y = np.arange(1, len(line) + 1), np.where(planted, line, np.nan)
        around = {"symbol": "circle-open", "size": 13, "color": MARK, "line": {"width": 2}}
        figure.add_scatter(x=x, y=y, mode="markers", marker=around, hoverinfo="skip", showlegend=False, **place)


def numbers(found: Attribution) -> np.ndarray:
    """What is drawn of a map where there are many: (steps, features)."""
    return _two(found.values)


def many(figure: go.Figure, maps: Sequence[Attribution], values: Sequence[np.ndarray], scale: Scale, places: Sequence[dict]) -> None:
    """Maps of the same series: of several features the one that counts most in any of them."""
    feature = int(np.max([np.abs(one).sum(0) / (np.abs(one).sum() or 1.0) for one in values], axis=0).argmax())
    line, name = _two(maps[0].arrays["input"])[:, feature], _names(maps[0], values[0].shape[1])[feature]
    for sheet, place in zip(values, places, strict=True):
        add_line(figure, line, sheet[:, feature], place)
        figure.update_yaxes(title={"text": broken(name, 22) if place["col"] == 1 else None, "font": {"size": 11}}, **place)
        figure.update_xaxes(title={"text": "step", "standoff": 2}, **_ticks(sheet), **place)


def tall(maps: Sequence[Attribution]) -> int:
    """Height of a field, px."""
    return 210


def _two(values: np.ndarray) -> np.ndarray:
    """(steps, features)."""
    return values.reshape(len(values), -1)


def _ticks(line: np.ndarray) -> dict:
    """At whole steps."""
    return {"tick0": 1, "dtick": max(round(len(line) / 8), 1)}


def _names(found: Attribution, count: int) -> list[str]:
    given = list(found.facts.get("names", ()))[:count]
    return given + [f"feature {i}" for i in range(len(given), count)]
