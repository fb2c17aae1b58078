"""Maps over pictures of sounds: moments from left to right, pitch from bottom to top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations import _grid
from explorer.plots.explanations._scale import Look, Scale
from explorer.results.attribution import Attribution

ACROSS, BELOW, FOOT = 3, 0, 62  # small maps in a row, px of names below each, and below them all


def figures(found: Attribution, look: Look) -> dict[str, go.Figure]:
    return {"Where in the sound": _grid.over(found, frame_of(found), look)}


def numbers(found: Attribution) -> np.ndarray:
    """What is drawn of a map where there are many: (bands, frames), its channels added up."""
    return found.values.sum(0)


def many(figure: go.Figure, maps: Sequence[Attribution], values: Sequence[np.ndarray], scale: Scale, places: Sequence[dict]) -> None:
    """Maps of the same sound, each in its field."""
    for one, flat, place in zip(maps, values, places, strict=True):
        _grid.small(figure, one, flat, frame_of(one), place)


def tall(maps: Sequence[Attribution]) -> int:
    """Height of a field, px."""
    return 210


def frame_of(found: Attribution) -> _grid.Frame:
    """Seconds and hertz, where it is known how the picture was made; else frames and bands are counted."""
    heard = found.facts.get("heard")
    if heard is None:
        return _grid.Frame(("frame", "band of pitch, the highest first"), "loudness", square=False)
    seconds, hertz = [f"{one:.2f}" for one in heard["seconds"]], [f"{one:,.0f}" for one in heard["hertz"]]
    return _grid.Frame(("time (s)", "pitch (Hz)"), "loudness (0 to 1)", seconds, hertz, square=False)
