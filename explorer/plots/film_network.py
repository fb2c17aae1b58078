"""The network of a live picture as part of an SVG: columns of units with their pictures, and the weights between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from explorer.plots.network_picture import LOOKS
from explorer.plots.raster import ABOVE, BELOW, SIGNS, Theme, by_table, diverging, image, inks
from explorer.plots.svg import box, shortened, text

HEADER, SMALLEST, LARGEST, WIDEST = 44.0, 15.0, 54.0, 190.0  # px: above the units, from unit to unit, from column to column
TILE = 0.84  # of the way from one unit to the next
CROWD = 420  # beyond this many lines between two columns the faint ones are left out
LINES = 600  # between two columns at most
SMALL, TINY = 11.0, 10.0  # font sizes
MIDDLE = {"text_anchor": "middle"}


@dataclass(frozen=True)
class Area:
    """A part of the picture, px."""

    left: float
    top: float
    width: float
    height: float

    def row(self, number: int, rows: int) -> Area:
        """One of several rows of equal height."""
        return Area(self.left, self.top + number * self.height / rows, self.width, self.height / rows)


@dataclass(frozen=True)
class Place:
    """Where a column stands: the middle of its units, their side, the middle of each."""

    x: float
    top: float
    side: float
    middles: tuple[float, ...]


def network(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray], area: Area, theme: Theme) -> list[str]:
    """Parts of an SVG: lines first, so that the units lie on them."""
    places = arranged(head["columns"], area)
    lines = [part for edge in head["edges"] for part in _edge(edge, arrays, places, theme)]
    return lines + [part for number, column in enumerate(head["columns"]) for part in _column(number, column, arrays, places, theme)]


def arranged(columns: Sequence[Mapping[str, Any]], area: Area) -> dict[int, Place]:
    """Column number -> where it stands. Each network has a row of its own; branches of one stage stand below each other."""
    roles = list(dict.fromkeys(column["role"] for column in columns))
    places: dict[int, Place] = {}
    for number, role in enumerate(roles):
        mine = sorted((column["stage"], column["lane"], i) for i, column in enumerate(columns) if column["role"] == role)
        stages = [[i for *_, i in group] for _, group in groupby(mine, key=lambda one: one[0])]
        row = area.row(number, len(roles))
        step = min(row.width / len(stages), WIDEST)
        start = row.left + (row.width - step * len(stages)) / 2
        for at, stage in enumerate(stages):
            for lane, i in enumerate(stage):
                places[i] = _place(columns[i]["shown"], start + step * (at + 0.5), row.row(lane, len(stage)), step)
    return places


def _place(shown: int, x: float, area: Area, step: float) -> Place:
    room = area.height - HEADER - 16  # below there may be a line on the units that are left out
    count = max(min(shown, int(room / SMALLEST)), 1)
    pitch = min(room / count, LARGEST, step * 0.8)
    first = area.top + HEADER + (room - count * pitch) / 2 + pitch / 2
    return Place(x, area.top, pitch * TILE, tuple(first + pitch * i for i in range(count)))


def _column(number: int, column: Mapping[str, Any], arrays: Mapping[str, np.ndarray], places: dict[int, Place], theme: Theme) -> list[str]:
    place, look = places[number], LOOKS[theme]
    room = min((abs(other.x - place.x) for other in places.values() if other.x != place.x), default=WIDEST)
    said = column["activation"]["title"] if column["activation"] else f"{column['units']} units" if column["units"] > 1 else "1 unit"
    parts = [
        text((place.x, place.top + 16), shortened(column["title"], room, SMALL, bold=True), SMALL, look.ink, **MIDDLE, font_weight="600"),
        text((place.x, place.top + 31), shortened(said, room, TINY), TINY, look.soft, **MIDDLE),
    ]
    pictures, table = arrays.get(f"pictures/{number}"), _table(column, theme)
    for unit, middle in enumerate(place.middles):
        left, top = place.x - place.side / 2, middle - place.side / 2
        if pictures is None or unit >= len(pictures):
            parts.append(box((left, top), (place.side, place.side), look.frame, look.line, 1, 2))
            parts += _token(column, unit, (place.x, middle), place.side, look.ink)
            continue
        parts.append(image(by_table(pictures[unit], table, sharp=column["picture"] != "plane"), left, top, place.side, place.side))
        parts.append(box((left, top), (place.side, place.side), "none", look.line, 1, 2))
    if column["units"] > len(place.middles):
        below = place.middles[-1] + place.side / 2 + 13
        parts.append(text((place.x, below), f"+ {column['units'] - len(place.middles)} more", TINY, look.soft, **MIDDLE))
    return parts


def _token(column: Mapping[str, Any], unit: int, middle: tuple[float, float], side: float, ink: str) -> list[str]:
    """What a place of the text holds."""
    tokens = column.get("tokens", ())
    return [text((middle[0], middle[1] + 4), shortened(tokens[unit], side * 1.2, TINY), TINY, ink, **MIDDLE)] if unit < len(tokens) else []


def _table(column: Mapping[str, Any], theme: Theme) -> np.ndarray:
    """Photographs in ink, everything else around zero."""
    if column["id"] == "input" and column["picture"] == "map" and column["low"] >= 0:
        return inks(theme)
    return diverging(theme, column["low"], column["high"])


def _edge(edge: Mapping[str, Any], arrays: Mapping[str, np.ndarray], places: dict[int, Place], theme: Theme) -> list[str]:
    source, target = places[edge["from"]], places[edge["to"]]
    weights = arrays.get(edge["weights"] or "")
    if weights is None:
        return _plain(edge["kind"], source, target, theme)
    weights = np.nan_to_num(weights[: len(target.middles), : len(source.middles)])
    sizes = np.abs(weights)
    most = sizes.max(initial=0.0)
    floor = most * (0.15 if weights.size > CROWD else 0.01)
    strongest = np.argsort(-sizes, axis=None, kind="stable")[:LINES]
    shown = [divmod(int(at), weights.shape[1]) for at in strongest if sizes.flat[at] > floor]
    return [_weight(float(weights[at]), max(most, 0.5), _curve(source, target, at[1], at[0]), theme) for at in reversed(shown)]


def _weight(weight: float, scale: float, path: str, theme: Theme) -> str:
    size = abs(weight) / scale
    colour = SIGNS[theme][ABOVE if weight > 0 else BELOW]
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{0.6 + 4.2 * size:.1f}" stroke-opacity="{0.16 + 0.68 * size:.2f}"/>'
    )


def _plain(kind: str, source: Place, target: Place, theme: Theme) -> list[str]:
    """No weight stands behind these: unit to unit, or everything to everything, thin and neutral."""
    look, (many, more) = LOOKS[theme], (len(target.middles), len(source.middles))
    if kind == "skip":
        return [f'<path d="{_arc(source, target)}" fill="none" stroke="{look.soft}" stroke-width="1.5"/>']
    paired = kind in ("one_to_one", "merge")
    pairs = [(i, i) for i in range(min(many, more))] if paired else [(i, k) for i in range(many) for k in range(more)][:CROWD]
    path = "".join(_curve(source, target, k, i) for i, k in pairs)
    return [f'<path d="{path}" fill="none" stroke="{look.soft}" stroke-width="1" stroke-opacity="{0.45 if paired else 0.15}"/>']


def _curve(source: Place, target: Place, start: int, end: int) -> str:
    x, to = source.x + source.side / 2 + 1, target.x - target.side / 2 - 1
    middle, y, to_y = (x + to) / 2, source.middles[start], target.middles[end]
    return f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to:.1f} {to_y:.1f}"


def _arc(source: Place, target: Place) -> str:
    """A shortcut: over everything between its ends."""
    (x, y), (to, to_y) = ((place.x, place.middles[0] - place.side / 2 - 3) for place in (source, target))
    peak = min(y, to_y) - 14
    return f"M{x + 4:.1f} {y:.1f}C{x + 14:.1f} {peak:.1f} {to - 14:.1f} {peak:.1f} {to - 4:.1f} {to_y:.1f}"
