from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat
from explorer.plots.inspections._glass import framed, parts, tables
from explorer.results.inspected import Inspected

MOST_CHANNELS = 2  # whose numbers are written out
MOST_SUMS = 8  # channels with a bar of their own


def figures(found: Inspected) -> dict[str, go.Figure]:
    return multiplied(found, ("patch", "weights", "products"), "Where the filter lies")


def multiplied(found: Inspected, tables_of: tuple[str, str, str], lies: str) -> dict[str, go.Figure]:
    """Numbers, their weights and the products, what they add up to, and where in the input they are.

    Args:
        tables_of: what the three are called.
        lies: the title of the picture that shows where.
    """
    patch, kernel, products, sums = (found.arrays[name] for name in ("patch", "kernel", "products", "sums"))
    first = found.facts["channels"][0]
    most = np.argsort(-np.abs(sums), kind="stable")[:MOST_CHANNELS]
    rows = [(f"channel {first + i}<br>sum {sums[i]:.3g}", (patch[i], kernel[i], products[i])) for i in most]
    across = "column (pixels)" if len(found.facts["at"]) == 2 else "step"
    drawn = {lies: _where(found, int(most[0]), (across, "row"))} if "input" in found.arrays else {}
    drawn[f"{tables_of[0].capitalize()}, weights and their products"] = tables(rows, tables_of, (across, "row"))
    names = [f"channel {first + i}" for i in range(len(sums))]
    rest = [("bias", float(found.arrays["bias"])), ("sum", found.facts["value"])]
    drawn["What every channel adds"] = parts(names, sums, "part of the sum", rest, MOST_SUMS)
    return drawn


def _where(found: Inspected, channel: int, axes: tuple[str, str]) -> go.Figure:
    """The channel that adds most, with a frame around the patch."""
    facts, (high, wide) = found.facts, found.arrays["patch"].shape[1:]
    figure = heat(found.arrays["input"][channel], axes, f"channel {facts['channels'][0] + channel}", square=len(facts["at"]) == 2)
    bottom, right = facts["top"] + (high - 1) * facts["dilation"][0], facts["left"] + (wide - 1) * facts["dilation"][1]
    return framed(figure, (facts["top"], facts["left"]), (bottom, right))
