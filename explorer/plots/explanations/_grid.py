"""Maps over pictures, of things that are seen and of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.data_montage import coloured
from explorer.plots.explanations._scale import CASING, MARK, TOP, Look, Scale, add_meaning, scale_of
from explorer.plots.palette import GREEN
from explorer.results.attribution import Attribution

GREY_SCALE = [[0.0, "#000000"], [1.0, "#FFFFFF"]]
GHOST = [[0.0, "#6E7479"], [1.0, "#FFFFFF"]]  # below a map: what is black would darken its colours
TICKS = 6


@dataclass(frozen=True)
class Frame:
    """How rows and columns of a picture are called.

    Attributes:
        axes: names of the columns' and the rows' axis.
        columns, rows: what stands at each; without them they are counted from 0.
        square: places are as high as wide.
        shown: what a number of the picture is.
    """

    axes: tuple[str, str]
    shown: str
    columns: Sequence[str] = field(default_factory=tuple)
    rows: Sequence[str] = field(default_factory=tuple)
    square: bool = True


def over(found: Attribution, frame: Frame, look: Look) -> go.Figure:
    """The picture, and the map over it; numbers of several channels are added up."""
    channels = found.values.shape[0]
    titles = ("the picture", "the map over it" + (f" ({channels} channels added up)" if channels > 1 else ""))
    figure = make_subplots(1, 2, subplot_titles=titles if frame.square else ("the sound", titles[1]), horizontal_spacing=0.1)
    flat, planted = found.values.sum(0), found.arrays.get("planted")
    scale = scale_of(found, flat)
    for column in (1, 2):
        place = {"row": 1, "col": column}
        add_picture(figure, found.arrays["input"], GREY_SCALE if column == 1 else GHOST, place)
        if column == 2:
            add_map(figure, flat, scale, look, place)
        if planted is not None:
            add_outline(figure, planted.max(0) > 0, place)
        add_numbers(figure, found, flat, frame, place)
    add_meaning(figure, scale, planted is not None and bool(planted.any()))
    _outlined(figure, found)
    _axes(figure, frame)
    figure.update_annotations(font_size=13)
    return figure.update_layout(coloraxis=scale.axis(), height=TOP + 330, margin={"t": TOP, "r": 10, "b": 10, "l": 10})


def add_picture(figure: go.Figure, picture: np.ndarray, greys: list, place: dict) -> None:
    """A picture (channels, height, width): three channels in colour, others by their mean in these greys."""
    low, high = min(float(picture.min(initial=0)), 0.0), max(float(picture.max(initial=1)), 1.0)
    if len(picture) == 3:
        figure.add_image(z=coloured((picture - low) / (high - low))[..., :3], hoverinfo="skip", **place)
    else:
        grey = picture.mean(0)
        figure.add_heatmap(z=grey, colorscale=greys, zmin=low, zmax=high, showscale=False, hoverinfo="skip", **place)


def add_map(figure: go.Figure, flat: np.ndarray, scale: Scale, look: Look, place: dict) -> None:
    """The map (height, width) above it; what is below the threshold is left out."""
    shown = np.where(np.abs(flat) >= look.threshold * scale.limit, flat, np.nan)
    figure.add_heatmap(z=shown, coloraxis="coloraxis", opacity=look.alpha, hoverinfo="skip", **place)


def add_numbers(figure: go.Figure, found: Attribution, flat: np.ndarray, frame: Frame, place: dict) -> None:
    """What is seen by pointing: where it is, the number of the map, and that of the picture."""
    high, wide = flat.shape
    told = np.array([" / ".join(f"{value:.3g}" for value in one) for one in found.arrays["input"].reshape(-1, high * wide).T], object)
    names = [f"{frame.axes[0]} {column}, {frame.axes[1]} {row}" for row in frame.rows for column in frame.columns]
    where = {"text": np.array(names, object).reshape(high, wide)} if names else {}
    begun = "%{text}" if names else f"{frame.axes[0]} %{{x}}, {frame.axes[1]} %{{y}}"
    hover = f"{begun}<br>map: %{{z:.3g}}<br>{frame.shown}: %{{customdata}}<extra></extra>"
    seen = {"customdata": told.reshape(high, wide), "hovertemplate": hover}
    figure.add_heatmap(z=flat, opacity=0, showscale=False, **seen, **where, **place)


def add_outline(figure: go.Figure, mask: np.ndarray, place: dict, colour: str = MARK, **more: object) -> None:
    """A line around the places (height, width) of a mask."""
    if not mask.any():
        return
    x, y = outline(mask)
    for line, said in (({"color": CASING, "width": 5}, {"showlegend": False}), ({"color": colour, "width": 2.5}, more)):
        figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", **{"showlegend": False, **more, **said}, **place)


def outline(mask: np.ndarray) -> tuple[list[float | None], list[float | None]]:
    """The borders of a mask (height, width) as one line with gaps, in numbers of columns and rows."""
    padded = np.pad(mask.astype(np.int8), 1)
    x: list[float | None] = []
    y: list[float | None] = []
    for row, column in np.argwhere(np.diff(padded, axis=0) != 0):
        x += [column - 1.5, column - 0.5, None]
        y += [row - 0.5, row - 0.5, None]
    for row, column in np.argwhere(np.diff(padded, axis=1) != 0):
        x += [column - 0.5, column - 0.5, None]
        y += [row - 1.5, row - 0.5, None]
    return x, y


def _outlined(figure: go.Figure, found: Attribution) -> None:
    """What is heard of a sound, drawn when its entry of the legend is clicked."""
    played = found.arrays.get("played")
    if played is None or not played.any():
        return
    figure.update_layout(legend={"itemclick": "toggle"})
    for trace in figure.data:
        if trace.showlegend:
            trace.update(legendgroup=trace.name)
    name = f"played: the {found.facts['heard']['share']:.0%} that speak most for it (click)"
    add_outline(figure, played > 0, {"row": 1, "col": 2}, GREEN, name=name, showlegend=True, legendgroup=name, visible="legendonly")


def _axes(figure: go.Figure, frame: Frame) -> None:
    across = {"constrain": "domain"} if frame.square else {}
    upwards = {**across, "constraintoward": "top"} if frame.square else {}
    figure.update_xaxes(title=frame.axes[0], showgrid=False, zeroline=False, **ticks(frame.columns), **across)
    figure.update_yaxes(showgrid=False, zeroline=False, autorange="reversed", **ticks(frame.rows), **upwards)
    figure.update_yaxes(title=frame.axes[1], col=1)
    figure.update_xaxes(matches="x", col=2)
    figure.update_yaxes(matches="y", showticklabels=False, col=2)
    if frame.square:
        figure.update_yaxes(scaleanchor="x", col=1)


def ticks(names: Sequence[str]) -> dict:
    """A few ticks with their names."""
    if not names:
        return {"nticks": TICKS}
    shown = np.unique(np.linspace(0, len(names) - 1, TICKS).round().astype(int))
    return {"tickmode": "array", "tickvals": shown.tolist(), "ticktext": [names[i] for i in shown]}


def small(figure: go.Figure, found: Attribution, flat: np.ndarray, frame: Frame, place: dict) -> None:
    """One of many maps (height, width) of the same input: it alone, with what is planted."""
    hover = "%{y}, %{x}: %{z:.3g}<extra></extra>"
    figure.add_heatmap(z=flat, coloraxis="coloraxis", hovertemplate=hover, **place)
    if "planted" in found.arrays:
        add_outline(figure, found.arrays["planted"].max(0) > 0, place)
    figure.update_xaxes(visible=False, **({"constrain": "domain"} if frame.square else {}), **place)
    figure.update_yaxes(visible=False, autorange="reversed", **place)
    if frame.square:
        own = next(figure.select_xaxes(**place)).plotly_name.removeprefix("xaxis")
        figure.update_yaxes(scaleanchor=f"x{own}", constrain="domain", constraintoward="top", **place)
