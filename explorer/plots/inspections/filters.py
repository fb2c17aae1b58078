from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat, sheet
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {f"Weights of {found.facts['layer']}": DRAWN[found.facts["form"]](found)}


def _pictures(found: Inspected) -> go.Figure:
    """Every channel of every filter; those of one filter stand in a row, "1→3" from channel 1 to filter 3."""
    pictures, units, channels = (found.arrays[name] for name in ("pictures", "units", "channels"))
    n, c, high, wide = pictures.shape
    captions = [f"{unit}" if c == 1 else f"{channel}→{unit}" for unit in units for channel in channels]
    limits = np.full(n * c, float(np.abs(pictures).max(initial=0)) or 1.0)
    return sheet(pictures.reshape(n * c, high, wide), captions, limits, "weight", across=c if c > 1 else 8)


def _steps(found: Inspected) -> go.Figure:
    pictures = found.arrays["pictures"][:, 0]
    limits = np.full(len(pictures), float(np.abs(pictures).max(initial=0)) or 1.0)
    return sheet(pictures, [f"filter {unit}" for unit in found.arrays["units"]], limits, "weight")


def _table(found: Inspected) -> go.Figure:
    names, units = found.facts["names"], found.arrays["units"]
    rows = [names[unit] if unit < len(names) else str(unit) for unit in units]
    return heat(found.arrays["pictures"][:, 0, 0], ("number", "token"), "weight", (None, rows))


DRAWN: dict[str, Callable[[Inspected], go.Figure]] = {"filters": _pictures, "rows": _pictures, "steps": _steps, "table": _table}
