"""Maps over pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations import _grid
from explorer.plots.explanations._scale import Look, Scale
from explorer.results.attribution import Attribution

ACROSS, BELOW, FOOT = 4, 0, 62  # small maps in a row, px of names below each, and below them all
FRAME = _grid.Frame(("column (pixels)", "row (pixels)"), "picture")


def figures(found: Attribution, look: Look) -> dict[str, go.Figure]:
    return {"Where in the picture": _grid.over(found, FRAME, look)}


def numbers(found: Attribution) -> np.ndarray:
    """What is drawn of a map where there are many: (height, width), its channels added up."""
    return found.values.sum(0)


def many(figure: go.Figure, maps: Sequence[Attribution], values: Sequence[np.ndarray], scale: Scale, places: Sequence[dict]) -> None:
    """Maps of the same picture, each in its field."""
    for one, flat, place in zip(maps, values, places, strict=True):
        _grid.small(figure, one, flat, FRAME, place)


def tall(maps: Sequence[Attribution]) -> int:
    """Height of a field, px."""
    return 180
