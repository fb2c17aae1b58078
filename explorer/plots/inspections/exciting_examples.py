from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from explorer.plots.data_montage import montage
from explorer.plots.data_series import series_examples
from explorer.plots.inspections._drawing import LEGEND, MARGIN, colours, heat, sheet, visible
from explorer.plots.palette import GREY, RED
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    """None where a unit gives the same for every example: there is nothing to tell them apart by."""
    if found.facts["constant"]:
        return {}
    title = f"What excites {found.facts['called']} most"
    drawn = {title: DRAWN[found.facts["form"]](found)}
    if found.facts["form"] == "pictures" and found.arrays.get("maps", np.zeros(0)).ndim == 3:
        maps = found.arrays["maps"]
        limits = np.full(len(maps), float(np.abs(maps).max(initial=0)) or 1.0)
        drawn["Where in the picture"] = sheet(maps, _captions(found), limits, "activation")
    drawn["How much every test example excites it"] = _spread(found)
    return drawn


def _captions(found: Inspected) -> list[str]:
    classes = found.facts["classes"]
    return [f"{visible(name, 10)}: {value:.3g}".removeprefix(": ") for name, value in zip(classes, found.arrays["values"], strict=True)]


def _pictures(found: Inspected) -> go.Figure:
    inputs = found.arrays["inputs"]
    low, high = float(inputs.min(initial=0)), float(inputs.max(initial=0))
    return montage((inputs - low) / max(high - low, 1e-9), _captions(found), across=8, tall=110)


def _points(found: Inspected) -> go.Figure:
    points, most = found.arrays["points"], found.arrays["inputs"]
    figure = go.Figure()
    scale = colours(found.arrays["all"])
    ends = {"cmin": scale["zmin"], "cmax": scale["zmax"], "colorscale": scale["colorscale"]}
    bar = {"title": {"text": "activation of the unit", "side": "right"}}
    marker = {"color": found.arrays["all"], **ends, "size": 7, "line": {"width": 0.5, "color": GREY}, "colorbar": bar}
    figure.add_scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        name="test examples",
        marker={
            **marker,
            "line": {"width": 0.5, "color": GREY},
            "colorbar": {"title": {"text": "activation of the unit", "side": "right"}},
        },
        hovertemplate="%{x:.3g}, %{y:.3g}: %{marker.color:.4g}<extra></extra>",
    )
    ring = {"symbol": "circle-open", "size": 13, "color": RED, "line": {"width": 2}}
    figure.add_scatter(x=most[:, 0], y=most[:, 1], mode="markers", name="most exciting", marker=ring, hoverinfo="skip")
    figure.update_xaxes(title="x", constrain="domain")
    figure.update_yaxes(title="y", scaleanchor="x", constrain="domain")
    return figure.update_layout(height=440, margin=MARGIN, legend=LEGEND)


def _tokens(found: Inspected) -> go.Figure:
    """A row for each example, its tokens written; coloured by what the unit gives there, where it gives a number for each."""
    rows = found.facts["tokens"]
    maps = found.arrays.get("maps")
    whole = np.repeat(found.arrays["values"][:, None], len(rows[0]), axis=1)
    values = maps if maps is not None and maps.shape == whole.shape else whole
    names = [f"{number}" for number in found.arrays["numbers"]]
    figure = heat(values, ("step", "test example"), "activation of the unit", (None, names))
    return figure.update_traces(text=[[visible(token) for token in row] for row in rows], texttemplate="%{text}")


def _series(found: Inspected) -> go.Figure:
    names = found.facts["names"]
    return series_examples(
        found.arrays["inputs"].reshape(len(found.arrays["inputs"]), found.arrays["inputs"].shape[1], -1)[..., 0],
        _captions(found),
        names[0] if names else "value",
    )


def _values(found: Inspected) -> go.Figure:
    """How many standard deviations each number of an example lies from the mean of the test part."""
    means, deviations = np.array(found.facts["means"], float), np.array(found.facts["deviations"], float)
    rows = found.arrays["inputs"].reshape(len(found.arrays["inputs"]), -1)
    unusual = (rows - means) / np.where(deviations > 0, deviations, 1.0)
    names = [visible(name, 20) for name in found.facts["names"]]
    names = names if len(names) == rows.shape[1] else [str(i) for i in range(rows.shape[1])]
    captions = [f"{number}: {value:.3g}" for number, value in zip(found.arrays["numbers"], found.arrays["values"], strict=True)]
    return heat(unusual, ("input", "test example: activation"), "standard deviations", (names, captions))


def _spread(found: Inspected) -> go.Figure:
    figure = go.Figure(go.Histogram(x=found.arrays["all"], nbinsx=40, marker={"color": GREY}, hovertemplate="%{x}: %{y}<extra></extra>"))
    figure.update_xaxes(title=f"largest activation of unit {found.facts['unit']}")
    figure.update_yaxes(title="test examples")
    return figure.update_layout(height=260, margin=MARGIN, bargap=0.02)


DRAWN: dict[str, Callable[[Inspected], go.Figure]] = {
    "points": _points,
    "pictures": _pictures,
    "tokens": _tokens,
    "series": _series,
    "values": _values,
}
