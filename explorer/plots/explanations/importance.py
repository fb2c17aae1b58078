from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._scale import Scale, add_meaning, broken, cut, meaning
from explorer.plots.inspections._drawing import visible
from explorer.plots.palette import BLUE, GREY, ORANGE
from explorer.results.inspected import Inspected

MOST, BAR, SWARM = 20, 24, 34  # rows of a figure; px of a bar and of a row of dots
HELD = [[0, "#7A4FCB"], [0.5, "#9AA5AE"], [1, "#2BA84A"]]  # low to high; blue and orange say for and against
MARGIN = {"t": 46, "r": 20, "b": 10, "l": 10}


def figures(found: Inspected) -> dict[str, go.Figure]:
    return DRAWN[found.facts["form"]](found)


def _columns(found: Inspected) -> dict[str, go.Figure]:
    values = found.arrays["values"]
    sizes = np.abs(values).mean(0)
    order = np.argsort(-sizes, kind="stable")[:MOST]
    names = [cut(found.facts["names"][i], 30) for i in order]
    drawn = {"What counts in general": _bars(names, sizes[order], found)} if len(names) > 1 else {}
    if found.facts["signed"] or values.shape[1] > 1:
        drawn["Every example as a dot"] = _swarm(found, order, names)
    if "places" in found.arrays:
        drawn["When it counts"] = _over_time(found)
    return drawn


def _tokens(found: Inspected) -> dict[str, go.Figure]:
    a, names = found.arrays, [visible(name, 20) for name in found.facts["names"]]
    order = np.argsort(-a["size"], kind="stable")[:MOST]
    told = [f"{names[i]} (x {a['count'][i]})" for i in order]
    drawn = {"Which tokens count most": _bars(told, a["size"][order], found)}
    if found.facts["signed"]:
        strongest = np.argsort(-np.abs(a["mean"]), kind="stable")[:MOST]
        sided = strongest[np.argsort(-a["mean"][strongest], kind="stable")]
        told = [f"{names[i]} (x {a['count'][i]})" for i in sided]
        drawn["For and against, on average"] = _sided(told, a["mean"][sided], found)
    return drawn


def _places(found: Inspected) -> dict[str, go.Figure]:
    places = found.arrays["places"]
    bar = {"title": {"text": broken(f"mean size, {_unit(found)}"), "side": "right"}, "thickness": 12}
    hover = "row %{y}, column %{x}: %{z:.3g}<extra></extra>"
    figure = go.Figure(go.Heatmap(z=places, colorscale=[[0, "#E9EDF0"], [1, BLUE]], zmin=0, colorbar=bar, hovertemplate=hover))
    square = found.facts["input"] == "image"
    axes = ("column (pixels)", "row (pixels)") if square else ("frame", "band of pitch, the highest first")
    figure.update_xaxes(title=axes[0], **({"constrain": "domain"} if square else {}))
    figure.update_yaxes(title=axes[1], autorange="reversed", **({"scaleanchor": "x", "constrain": "domain"} if square else {}))
    title = f"Where it counts on average over {found.facts['count']} examples"
    return {title: figure.update_layout(height=400, margin={**MARGIN, "t": 20})}


DRAWN: dict[str, Callable[[Inspected], dict[str, go.Figure]]] = {"columns": _columns, "tokens": _tokens, "places": _places}


def _unit(found: Inspected) -> str:
    return cut(found.facts["unit"] or "score", 50)


def _scale(found: Inspected) -> Scale:
    above, below = meaning(found.facts["target"], found.facts["signed"], found.facts["unit"], found.facts["number"])
    return Scale(found.facts["signed"], 1.0, _unit(found), above, below)


def _bars(names: Sequence[str], sizes: np.ndarray, found: Inspected) -> go.Figure:
    """Mean sizes, the largest first."""
    figure = go.Figure(go.Bar(x=sizes, y=list(range(len(names))), orientation="h", marker={"color": BLUE}, customdata=names))
    figure.update_traces(hovertemplate="%{customdata}: %{x:.4g}<extra></extra>")
    figure.update_xaxes(title=f"mean size over {found.facts['count']} examples ({_unit(found)})", rangemode="tozero")
    return _rows(figure, names).update_layout(height=70 + BAR * max(len(names), 3), margin={**MARGIN, "t": 10}, bargap=0.25)


def _sided(names: Sequence[str], means: np.ndarray, found: Inspected) -> go.Figure:
    """Means, from the one that speaks most for it to the one that speaks most against it."""
    colours = np.where(means < 0, ORANGE, BLUE).tolist()
    figure = add_meaning(go.Figure(), _scale(found))
    figure.add_bar(x=means, y=list(range(len(names))), orientation="h", marker={"color": colours}, customdata=names, showlegend=False)
    figure.update_traces(hovertemplate="%{customdata}: %{x:.4g}<extra></extra>", selector={"type": "bar"})
    figure.update_xaxes(title=f"mean over all places it stands at ({_unit(found)})")
    return _rows(figure, names).update_layout(height=100 + BAR * max(len(names), 3), margin=MARGIN, bargap=0.25)


def _swarm(found: Inspected, order: np.ndarray, names: Sequence[str]) -> go.Figure:
    """A row of dots for each column, beside each other where there are many; coloured by what the example has there."""
    a = found.arrays
    figure = go.Figure()
    for row, column in enumerate(order):
        x, held = a["values"][:, column], a["held"][:, column]
        varies = float(np.ptp(held)) > 0
        colour = {"color": ranks(held), "coloraxis": "coloraxis"} if varies else {"color": GREY}
        hover = "%{x:.4g}" + ("<br>there: %{customdata:.4g}" if varies else "") + f"<extra>{names[row]}</extra>"
        marker = {"size": 5, "opacity": 0.85, **colour}
        y = row + beside(x)
        figure.add_scatter(x=x, y=y, mode="markers", marker=marker, customdata=held, hovertemplate=hover, showlegend=False)
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    ends = {"tickmode": "array", "tickvals": [0.03, 0.97], "ticktext": ["low", "high"], "thickness": 12}
    bar = {"title": {"text": "what the example has there", "side": "right"}, **ends}
    figure.update_layout(coloraxis={"colorscale": HELD, "cmin": 0, "cmax": 1, "colorbar": bar})
    figure.update_xaxes(title=f"{_side(found)} ({_unit(found)})", zeroline=False)
    return _rows(figure, names).update_layout(height=max(80 + SWARM * len(names), 230), margin={**MARGIN, "t": 10})


def _side(found: Inspected) -> str:
    scale = _scale(found)
    return f"{scale.below} ← → {scale.above}" if scale.signed else scale.above


def ranks(held: np.ndarray) -> np.ndarray:
    """0 for the lowest to 1 for the highest; equal ones alike."""
    there, where = np.unique(held, return_inverse=True)
    return where / max(len(there) - 1, 1)


def beside(values: np.ndarray, most: float = 0.38, bins: int = 60) -> np.ndarray:
    """How far dots are moved to the side so that those of nearly the same number lie beside each other: -most to most."""
    span = float(np.ptp(values)) or 1.0
    bin_of = ((values - values.min()) / span * (bins - 1)).round().astype(int)
    crowd = np.bincount(bin_of, minlength=bins).max()
    place = np.zeros(len(values))
    for one in np.unique(bin_of):
        here = np.flatnonzero(bin_of == one)
        place[here] = (np.arange(len(here)) + 1) // 2 * np.where(np.arange(len(here)) % 2, 1, -1)
    return place * most / max(crowd / 2, 4)


def _over_time(found: Inspected) -> go.Figure:
    """Mean size at each step, of each feature."""
    places, names = found.arrays["places"], found.facts["names"]
    bar = {"title": {"text": broken(f"mean size, {_unit(found)}"), "side": "right"}, "thickness": 12}
    steps = list(range(1, len(places) + 1))
    figure = go.Figure(go.Heatmap(x=steps, z=places.T, colorscale=[[0, "#E9EDF0"], [1, BLUE]], zmin=0, colorbar=bar))
    figure.update_traces(hovertemplate="step %{x}: %{z:.3g}<extra></extra>")
    figure.update_xaxes(title="step", dtick=max(round(len(places) / 10), 1))
    return _rows(figure, [broken(name, 22) for name in names]).update_layout(height=200 + 30 * len(names), margin={**MARGIN, "t": 10})


def _rows(figure: go.Figure, names: Sequence[str]) -> go.Figure:
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": [f"{name} " for name in names]}
    return figure.update_yaxes(range=[len(names) - 0.5, -0.5], automargin=True, showgrid=False, zeroline=False, **ticks)
