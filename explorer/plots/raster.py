"""Grids of bytes as little pictures inside an SVG, in the colours of the live picture."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import Literal

import numpy as np
from PIL import Image

Theme = Literal["light", "dark"]
SIGNS = {  # below zero to above it, as in the live picture
    "light": ("#c25400", "#e27d22", "#f3ab66", "#fbdcbe", "#f7f7f5", "#cbe1f4", "#82b9e8", "#3a8cd4", "#0a62ae"),
    "dark": ("#ffae57", "#ef8a2c", "#b8641f", "#633c1f", "#171c22", "#1b3d5c", "#246fae", "#3f9be6", "#74c0ff"),
}
BELOW, ABOVE = 1, 7  # of these the ones for lines
INKS = {"light": ("#ffffff", "#1c2730"), "dark": ("#12181e", "#e4eaef")}  # paper and ink
SHARP = 64  # px that a picture with few cells gets, so that every program draws its cells with sharp edges


@cache
def diverging(theme: Theme, low: float, high: float, centre: float = 0.0, paler: float = 1.0) -> np.ndarray:
    """uint8 (256, 3): colours of bytes that stand for low..high, the middle of the palette at `centre`; `paler` spares its ends."""
    reach = (max(abs(high - centre), abs(low - centre)) or 1.0) * paler
    return _between(SIGNS[theme], 0.5 + (np.linspace(low, high, 256) - centre) / reach / 2)


@cache
def inks(theme: Theme) -> np.ndarray:
    """uint8 (256, 3) from paper to ink, for photographs and scans."""
    return _between(INKS[theme], np.linspace(0, 1, 256))


def hexed(colour: np.ndarray) -> str:
    """(3,) as "#rrggbb"."""
    return "#" + "".join(f"{int(part):02x}" for part in colour)


def rgb(colour: str) -> np.ndarray:
    """ "#rrggbb" as float (3,)."""
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], float)


def _between(stops: tuple[str, ...], places: np.ndarray) -> np.ndarray:
    colours = np.array([rgb(stop) for stop in stops])
    at = places.clip(0, 1) * (len(stops) - 1)
    return np.stack([np.interp(at, np.arange(len(stops)), channel) for channel in colours.T], 1).round().astype(np.uint8)


def by_table(cells: np.ndarray, table: np.ndarray, sharp: bool = True) -> str:
    """uint8 (h, w) coloured by a table (256, 3), as the address of a picture that lies in the document itself.

    Args:
        cells: the bytes.
        table: their colours.
        sharp: whether cells keep their edges when the picture is drawn larger; else they blend.
    """
    picture = Image.fromarray(np.ascontiguousarray(_enlarged(cells) if sharp else cells))  # grey: one byte for a cell
    picture.putpalette(table.tobytes())
    return _address(picture)


def as_colours(cells: np.ndarray) -> str:
    """uint8 (h, w, 3), as the address of a picture that lies in the document itself."""
    return _address(Image.fromarray(np.ascontiguousarray(cells)))


def image(address: str, left: float, top: float, width: float, height: float) -> str:
    """The picture at its place, stretched to its size."""
    place = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<image {place} preserveAspectRatio="none" href="{address}"/>'


def _enlarged(cells: np.ndarray) -> np.ndarray:
    factors = [max(SHARP // size, 1) for size in cells.shape]
    return cells.repeat(factors[0], 0).repeat(factors[1], 1)


def _address(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
