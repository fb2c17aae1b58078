"""What one unit gives at every position, with the one that is under the glass marked.

Decided: unseen dots lie over the fields of the heat map, and are what is pressed.
Because: a press on a heat map is not reported to the page, one on a dot is.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import MARGIN, heat
from explorer.plots.palette import RED
from explorer.results.inspected import Inspected

MOST = 4096  # fields that can be pressed; in a larger picture a position is chosen by its numbers
UNSEEN = {"marker": {"opacity": 0}}


def unit_map(found: Inspected) -> go.Figure | None:
    """A heat map of the array `output`, whose fields can be pressed; None where the unit gives a single number."""
    output, at = found.arrays.get("output", np.zeros(())), found.facts.get("at", [])
    if not at or output.size < 2:
        return None
    row, column = (0, 0, *at)[-2:]
    is_picture = output.ndim == 2
    axes = ("column (pixels)", "row (pixels)") if is_picture else ("step", "unit")
    ticks = (None, None) if is_picture else (None, [str(found.facts["unit"])])
    figure = heat(np.atleast_2d(output), axes, "activation", ticks, square=is_picture)
    figure.update_traces(hoverinfo="skip", hovertemplate=None, texttemplate=None)
    figure.add_trace(_dots(np.atleast_2d(output), axes))
    figure.add_shape(type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5, line={"color": RED, "width": 3})
    high, wide = np.atleast_2d(output).shape
    figure.update_xaxes(range=[-0.5, wide - 0.5], autorange=False)
    figure.update_yaxes(range=[high - 0.5, -0.5], autorange=False)
    return figure.update_layout(height=320 if is_picture else 170, dragmode=False, showlegend=False, margin={**MARGIN, "t": 10})


def _dots(output: np.ndarray, axes: tuple[str, str]) -> go.Scatter:
    """One over each field, or none where there are too many."""
    rows, columns = np.indices(output.shape) if output.size <= MOST else np.zeros((2, 0, 0), int)
    return go.Scatter(
        x=columns.ravel(),
        y=rows.ravel(),
        customdata=output.ravel() if output.size <= MOST else [],
        mode="markers",
        marker={"size": 14, "opacity": 0},
        selected=UNSEEN,
        unselected=UNSEEN,
        hovertemplate=f"{axes[1]} %{{y}}, {axes[0]} %{{x}}: %{{customdata:.4g}}<extra></extra>",
    )
