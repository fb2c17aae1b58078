"""The units of a layer, by what each counts for in one answer."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import MARGIN, heat, sheet, visible
from explorer.plots.palette import BLUE, GREY, ORANGE
from explorer.results.inspected import Inspected

MOST = 24  # bars; the units that count least are left out
ROW = 22  # px, of one bar


def figures(found: Inspected) -> dict[str, go.Figure]:
    drawn = {f"Units of {found.facts['layer']} that count most": _bars(found)}
    maps = found.arrays.get("maps")
    if maps is not None and maps.size and np.abs(maps).max() > 0:
        title, figure = ("Where in each unit's map", _maps) if maps.ndim == 3 else ("At which step", _steps)
        drawn[title] = figure(found, maps)
    return drawn


def _bars(found: Inspected) -> go.Figure:
    values, names = found.arrays["values"], found.facts["units"]
    order = np.argsort(-np.abs(values), kind="stable")[: min(MOST, max(np.count_nonzero(values), 1))]
    colours = [BLUE if values[i] > 0 else ORANGE if values[i] < 0 else GREY for i in order]
    given = found.arrays["activations"][order]
    figure = go.Figure(
        go.Bar(
            x=values[order],
            y=[visible(names[i], 24) for i in order],
            customdata=given,
            orientation="h",
            marker={"color": colours},
            hovertemplate="%{y}: %{x:.4g}; it gives %{customdata:.4g}<extra></extra>",
        )
    )
    title = f"{_unit(found)}: for (blue), against (orange)"
    if len(order) < len(values):
        nothing = np.count_nonzero(values) <= len(order)
        title += f"<br>{len(values) - len(order)} units that count {'nothing' if nothing else 'less'} are left out"
    figure.update_xaxes(title=title, zeroline=True)
    figure.update_yaxes(type="category", autorange="reversed", dtick=1)
    return figure.update_layout(height=max(200, 90 + ROW * len(order)), margin=MARGIN, showlegend=False, bargap=0.25)


def _unit(found: Inspected) -> str:
    name = found.facts["target"]
    return f"{found.facts['unit']} of {visible(name, 24)}" if found.facts["unit"] != name else name


def _maps(found: Inspected, maps: np.ndarray) -> go.Figure:
    captions = [visible(found.facts["units"][unit], 12) for unit in found.arrays["shown"]]
    return sheet(maps, captions, np.full(len(maps), float(np.abs(maps).max())), _unit(found))


def _steps(found: Inspected, maps: np.ndarray) -> go.Figure:
    names = [found.facts["units"][unit] for unit in found.arrays["shown"]]
    tokens = found.facts.get("tokens")
    steps = tokens if tokens is not None and len(tokens) == maps.shape[1] else None
    return heat(maps, ("step", "unit"), _unit(found), (steps, names))
