"""Maps of the same examples over the steps of a run: a film to be played, a strip to be read, and how they changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._grid import INK, outline
from explorer.plots.explanations._scale import MARK
from explorer.plots.inspections._drawing import LEGEND, MARGIN, SIGNED, UNSIGNED, visible
from explorer.plots.inspections._steps import over_steps, step_axis
from explorer.plots.palette import GREY
from explorer.results.inspected import Inspected

ACROSS = 8  # steps in the strip
GAP = 1  # pixels between pictures
UNIT = "share of the largest<br>of each map"
PICTURES = ("image", "audio")


def figures(found: Inspected) -> dict[str, go.Figure]:
    drawn: dict[str, go.Figure] = {}
    if found.facts["input"] in PICTURES:
        drawn = {"The maps, step by step": _film(found), "The run at a glance": _strip(found)}
    else:
        drawn = {f"The map of {found.facts['examples'][0]}, step by step": _lines(found)}
    if found.facts["thing"]:
        drawn[f"How much of the maps lies on {found.facts['thing']}"] = _mass(found)
    return drawn | {"How like its last map each map is": _agreement(found)}


def _film(found: Inspected) -> go.Figure:
    """The examples above, their maps of one step below; a slider goes through the steps."""
    steps, maps, inputs = (found.arrays[name] for name in ("steps", "maps", "inputs"))
    names = [f"{step:,}" for step in steps]
    first, last = (_side_by_side(shown) for shown in (inputs, maps[-1]))
    high, wide = first.shape
    shown = go.Heatmap(z=first, colorscale=INK, showscale=False, hoverinfo="skip")
    figure = go.Figure([shown, _heat(last, found).update(y0=high + GAP)])
    figure.frames = [
        go.Frame(data=[go.Heatmap(z=_side_by_side(one))], traces=[1], name=name) for one, name in zip(maps, names, strict=True)
    ]
    if "masks" in found.arrays:
        _outlined(figure, found, high)
    each, facts = inputs.shape[2] + GAP, found.facts
    captions = [f"{number}: {visible(target, 12)!r}" for number, target in zip(facts["numbers"], facts["targets"], strict=True)]
    plain = {"tickmode": "array", "showgrid": False, "zeroline": False, "constrain": "domain"}
    middle = [at * each + inputs.shape[2] / 2 - 0.5 for at in range(len(captions))]
    figure.update_xaxes(tickvals=middle, ticktext=captions, title="example: the answer that is explained", **plain)
    figure.update_yaxes(tickvals=[high / 2, 1.5 * high + GAP], ticktext=["input", "map"], autorange="reversed", scaleanchor="x", **plain)
    figure.update_layout(sliders=[_slider(names)], updatemenus=[_player()], height=min(max(320, 200 + 1240 * high // wide), 640))
    return figure.update_layout(margin={"t": 30, "r": 10, "b": 10, "l": 10}, legend={**LEGEND, "itemclick": False})


def _outlined(figure: go.Figure, found: Inspected, high: int) -> None:
    """A line around what a map may lie on, in the inputs and in the maps."""
    mask = np.nan_to_num(_side_by_side(found.arrays["masks"])) > 0
    x, y = outline(mask)
    below = [None if place is None else place + high + GAP for place in y]
    line = {"color": MARK, "width": 2}
    figure.add_scatter(x=[*x, None, *x], y=[*y, None, *below], mode="lines", line=line, name=found.facts["thing"], hoverinfo="skip")
    figure.update_layout(showlegend=True)


def _slider(names: list[str]) -> dict:
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    steps = [{"label": name, "method": "animate", "args": [[name], at_once]} for name in names]
    return {"active": len(names) - 1, "steps": steps, "currentvalue": {"prefix": "step "}, "x": 0.26, "len": 0.74, "pad": {"t": 50}}


def _player() -> dict:
    play = {"frame": {"duration": 350, "redraw": True}, "transition": {"duration": 0}, "fromcurrent": False}
    stop = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    buttons = [
        {"label": "Play", "method": "animate", "args": [None, play]},
        {"label": "Stop", "method": "animate", "args": [[None], stop]},
    ]
    return {
        "type": "buttons",
        "direction": "left",
        "buttons": buttons,
        "x": 0,
        "y": 0,
        "xanchor": "left",
        "yanchor": "top",
        "pad": {"t": 62},
        "showactive": False,
    }


def _strip(found: Inspected) -> go.Figure:
    """A row for each example: the input, then its map at steps evenly over the run."""
    steps, maps, inputs = (found.arrays[name] for name in ("steps", "maps", "inputs"))
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), ACROSS)).round().astype(int))
    rows = [_side_by_side(np.stack([maps[at, row] for at in chosen])) for row in range(len(inputs))]
    below = np.full((GAP, rows[0].shape[1]), np.nan)
    picture = np.concatenate([part for row in rows for part in (row, below)])[:-GAP]
    high, wide = inputs.shape[1:]
    figure = go.Figure(_heat(picture, found))
    columns = [at * (wide + GAP) + wide / 2 - 0.5 for at in range(len(chosen))]
    lines = [at * (high + GAP) + high / 2 - 0.5 for at in range(len(inputs))]
    plain = {"showgrid": False, "zeroline": False, "constrain": "domain", "tickmode": "array"}
    figure.update_xaxes(title="step", tickvals=columns, ticktext=[f"{steps[at]:,}" for at in chosen], **plain)
    names = [str(number) for number in found.facts["numbers"]]
    figure.update_yaxes(title="example", tickvals=lines, ticktext=names, autorange="reversed", scaleanchor="x", **plain)
    return figure.update_layout(margin=MARGIN, height=min(max(240, 110 + 560 * picture.shape[0] // picture.shape[1]), 640))


def _heat(picture: np.ndarray, found: Inspected) -> go.Heatmap:
    signed = found.facts["signed"]
    return go.Heatmap(
        z=picture,
        colorscale=SIGNED if signed else UNSIGNED,
        zmin=-1.0 if signed else 0.0,
        zmax=1.0,
        hovertemplate="%{z:.2f}<extra></extra>",
        hoverongaps=False,
        colorbar={"title": {"text": UNIT, "side": "right"}, "thickness": 12},
    )


def _side_by_side(pictures: np.ndarray) -> np.ndarray:
    """Pictures (k, height, width) in a row, with gaps between them."""
    gap = np.full((pictures.shape[1], GAP), np.nan)
    return np.concatenate([part for picture in pictures for part in (picture, gap)], axis=1)[:, :-GAP]


def _lines(found: Inspected) -> go.Figure:
    """A row for each part of the first example, a column for each step."""
    steps, maps = found.arrays["steps"], found.arrays["maps"][:, 0]
    parts = maps.reshape(len(steps), -1).T
    figure = go.Figure(_heat(parts, found)).update_xaxes(**step_axis(steps))
    names = [visible(name) for name in found.facts["parts"]]
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names} if len(names) == len(parts) <= 40 else {}
    figure.update_yaxes(title=AXES[found.facts["input"]](found), autorange="reversed", showgrid=False, zeroline=False, **ticks)
    return figure.update_layout(margin=MARGIN, height=min(max(260, 130 + 18 * len(parts)), 620))


AXES: dict[str, Callable[[Inspected], str]] = {
    "table": lambda found: "column",
    "points": lambda found: "coordinate",
    "text": lambda found: "token",
    "series": lambda found: "step of the series" if found.arrays["maps"].shape[-1] == 1 else "step of the series, then number",
}


def _mass(found: Inspected) -> go.Figure:
    """A line for each example, the mean drawn thick, and the step at which it turned."""
    arrays, facts = found.arrays, found.facts
    figure = over_steps(
        _called(found), 100 * arrays["mass"].T, arrays["steps"], f"share of the map on {facts['thing']} (%)", range=[0, 103]
    )
    mean = {"color": GREY, "width": 4}
    figure.add_scatter(
        x=np.arange(len(arrays["steps"])),
        y=100 * arrays["mass"].mean(1),
        name="mean",
        mode="lines",
        line=mean,
        hovertemplate="mean %{y:.3g} %",
    )
    covers = 100 * float(arrays["covers"].mean())
    figure.add_hline(
        y=covers, line={"color": GREY, "dash": "dot"}, annotation_text=f"it covers {covers:.2g} %", annotation_position="bottom right"
    )
    if facts["turned"] is not None:
        place = int(np.flatnonzero(arrays["steps"] == facts["turned"])[0])
        figure.add_vline(x=place, line={"color": GREY, "dash": "dash"}, annotation_text=f"turned by step {facts['turned']:,}")
    return figure.update_layout(legend={**LEGEND, "x": 0, "xanchor": "left"})


def _agreement(found: Inspected) -> go.Figure:
    rows = found.arrays["agreement"].T
    names = _called(found) if len(rows) == len(found.facts["numbers"]) else ["all examples together"]
    figure = over_steps(names, rows, found.arrays["steps"], "rank correlation with the last map", range=[-1.05, 1.05])
    return figure.update_layout(legend={**LEGEND, "x": 0, "xanchor": "left"})


def _called(found: Inspected) -> list[str]:
    return [f"example {number}" for number in found.facts["numbers"]]
