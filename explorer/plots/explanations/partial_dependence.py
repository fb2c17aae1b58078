from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import LEGEND, MARGIN, visible
from explorer.plots.palette import BLUE, GREY, ORANGE
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    title = f"What {visible(found.facts['feature'], 40)} does to {visible(found.facts['target'], 40)}"
    return {title: _lines(found)}


def _lines(found: Inspected) -> go.Figure:
    """Each example's line, all in one trace; their mean and the selected example's above them; a rug of where data are."""
    facts, grid = found.facts, found.arrays["grid"]
    figure = go.Figure()
    mode, size = ("lines+markers", 5) if facts["categories"] else ("lines", 0)
    every = found.arrays["lines"]
    gaps = np.full((len(every), 1), np.nan)
    figure.add_scatter(
        x=np.concatenate([np.tile(grid, (len(every), 1)), gaps], 1).ravel(),
        y=np.concatenate([every, gaps], 1).ravel(),
        mode="lines",
        name=f"{len(every)} examples, each by itself",
        line={"color": GREY, "width": 0.8},
        opacity=0.7,
        hoverinfo="skip",
    )
    told = f"%{{x:.4g}}: %{{y:.4g}} {facts['unit']}<extra>%{{fullData.name}}</extra>"
    for name, values, colour in ((f"mean of {facts['examples']}", "mean", BLUE), (facts["name"], "own", ORANGE)):
        line, marker = {"color": colour, "width": 3}, {"size": size}
        figure.add_scatter(x=grid, y=found.arrays[values], mode=mode, name=name, line=line, marker=marker, hovertemplate=told)
    _example(figure, found)
    _rug(figure, found)
    names = {"tickmode": "array", "tickvals": list(range(len(grid))), "ticktext": [visible(word, 20) for word in facts["categories"]]}
    figure.update_xaxes(title=facts["feature"], zeroline=False, **(names if facts["categories"] else {}))
    unit = facts["unit"] or "score"
    figure.update_yaxes(title=f"{unit}, less its first value" if facts["centred"] else unit)
    return figure.update_layout(margin=MARGIN, height=440, legend=LEGEND)


def _example(figure: go.Figure, found: Inspected) -> None:
    """Where on its line the selected example lies."""
    at, grid, own = float(found.arrays["at"][0]), found.arrays["grid"], found.arrays["own"]
    if not grid[0] <= at <= grid[-1]:
        return
    marker = {"color": ORANGE, "size": 12, "line": {"color": "#FFFFFF", "width": 1.5}}
    told = "as it is: %{x:.4g}<extra></extra>"
    figure.add_scatter(x=[at], y=[float(np.interp(at, grid, own))], mode="markers", marker=marker, showlegend=False, hovertemplate=told)


def _rug(figure: go.Figure, found: Inspected) -> None:
    known = found.arrays["known"]
    if len(known):
        low = min(float(found.arrays[name].min()) for name in ("lines", "own", "mean"))
        high = max(float(found.arrays[name].max()) for name in ("lines", "own", "mean"))
        marker = {"symbol": "line-ns-open", "size": 8, "color": GREY}
        place = np.full(len(known), low - 0.06 * ((high - low) or 1.0))
        figure.add_scatter(x=known, y=place, mode="markers", name="where examples lie", marker=marker, hoverinfo="skip")
