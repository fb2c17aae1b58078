"""Maps over pictures, of things that are seen and of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go

from explorer.plots.data_montage import coloured
from explorer.plots.explanations._scale import CASING, MARK, TOP, Look, Scale, add_meaning, scale_of
from explorer.plots.palette import GREEN, GREY
from explorer.results.attribution import Attribution

INK = [[0.0, "#FFFFFF"], [1.0, "#1C2730"]]  # from paper to ink, as the diagram of a network draws what it is fed
FAINT = [[0.0, "#FFFFFF"], [1.0, "#6E7479"]]  # below a map: what is black would darken its colours
LEFT, RIGHT = (0.0, 0.485), (0.515, 1.0)  # where the picture lies and where the map over it: as wide, for they are compared
PLACES = ({"xaxis": "x", "yaxis": "y"}, {"xaxis": "x2", "yaxis": "y2"})
TICKS, ACROSS = 6, 4  # that rows and columns have room for
BORDER = {"showline": True, "mirror": True, "linecolor": GREY, "linewidth": 1}  # paper is seen on a white page too


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
    titles = titles if frame.square else ("the sound", titles[1])
    flat, planted = found.values.sum(0), found.arrays.get("planted")
    scale = scale_of(found, flat)
    space = {"height": TOP + 355, "margin": {"t": TOP, "r": 10, "b": 10, "l": 10, "pad": 0}}
    figure = go.Figure(layout={"coloraxis": scale.axis(), **_axes(frame, flat.shape), "annotations": _captions(titles), **space})
    for place in PLACES:
        is_map = place is PLACES[1]
        add_picture(figure, found.arrays["input"], FAINT if is_map else INK, place)
        if is_map:
            add_map(figure, flat, scale, look, place)
        if planted is not None:
            add_outline(figure, planted.max(0) > 0, place)
        add_numbers(figure, found, flat, frame, place)
    add_meaning(figure, scale, planted is not None and bool(planted.any()))
    _outlined(figure, found)
    return figure


def add_picture(figure: go.Figure, picture: np.ndarray, greys: list, place: dict) -> None:
    """A picture (channels, height, width): three channels in colour, others by their mean in these greys."""
    low, high = min(float(picture.min(initial=0)), 0.0), max(float(picture.max(initial=1)), 1.0)
    if len(picture) == 3:
        figure.add_image(z=coloured((picture - low) / (high - low))[..., :3], hoverinfo="skip", **place)
    else:
        grey = picture.mean(0)
        figure.add_heatmap(z=grey, colorscale=greys, zmin=low, zmax=high, showscale=False, hoverinfo="skip", **place)


def inked(pictures: np.ndarray) -> np.ndarray:
    """Shades from 0 dark to 1 bright of pictures (..., channels, height, width) from 0 to 1: three channels as they are, others as ink."""
    return pictures if pictures.shape[-3] == 3 else 1 - pictures


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
        figure.add_scatter(
            x=x, y=y, mode="lines", line=line, hoverinfo="skip", cliponaxis=False, **{"showlegend": False, **more, **said}, **place
        )


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
    add_outline(figure, played > 0, PLACES[1], GREEN, name=name, showlegend=True, legendgroup=name, visible="legendonly")


def _axes(frame: Frame, shape: tuple[int, ...]) -> dict:
    """The four axes of a layout."""
    plain = {"showgrid": False, "zeroline": False, **BORDER}
    square = {"constrain": "domain"} if frame.square else {}
    title = {"text": frame.axes[0], "standoff": 4}
    across = {"title": title, "range": [-0.5, shape[1] - 0.5], "tickangle": 0, **plain, **ticks(frame.columns, ACROSS), **square}
    upwards = {"range": [shape[0] - 0.5, -0.5], "domain": [0, 1], **plain, **ticks(frame.rows), **square}
    upwards |= {"constraintoward": "top"} if frame.square else {}
    own, other = ({"scaleanchor": "x"}, {"scaleanchor": "x2"}) if frame.square else ({}, {"matches": "y"})
    return {
        "xaxis": {**across, "anchor": "y", "domain": LEFT},
        "xaxis2": {**across, "anchor": "y2", "domain": RIGHT, **({} if frame.square else {"matches": "x"})},
        "yaxis": {**upwards, "anchor": "x", "title": {"text": frame.axes[1], "standoff": 4}, **own},
        "yaxis2": {**upwards, "anchor": "x2", "showticklabels": False, **other},
    }


def _captions(titles: Sequence[str]) -> list[dict]:
    """A name above the picture and one above the map."""
    place = {"xref": "paper", "yref": "paper", "y": 1, "xanchor": "center", "yanchor": "bottom", "showarrow": False, "font": {"size": 13}}
    return [{**place, "text": text, "x": sum(domain) / 2} for text, domain in zip(titles, (LEFT, RIGHT), strict=True)]


def ticks(names: Sequence[str], most: int = TICKS) -> dict:
    """A few ticks with their names."""
    if not names:
        return {"nticks": most}
    shown = np.unique(np.linspace(0, len(names) - 1, most).round().astype(int))
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
