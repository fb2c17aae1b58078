"""What one unit gives at every position, with the one that is under the glass marked."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import MARGIN, heat
from explorer.plots.inspections._glass import small
from explorer.plots.inspections.pressing import dots
from explorer.plots.palette import RED
from explorer.results.inspected import Inspected


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
    rows, columns = (places.ravel() for places in np.indices(np.atleast_2d(output).shape))
    figure.add_trace(dots(columns, rows, output.reshape(-1, 1), f"{axes[1]} %{{y}}, {axes[0]} %{{x}}: %{{customdata[0]:.4g}}"))
    figure.add_shape(type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5, line={"color": RED, "width": 3})
    high, wide = np.atleast_2d(output).shape
    figure.update_xaxes(range=[-0.5, wide - 0.5], autorange=False)
    figure.update_yaxes(range=[high - 0.5, -0.5], autorange=False)
    figure.update_layout(dragmode=False, showlegend=False)
    return small(figure) if is_picture else figure.update_layout(height=170, margin={**MARGIN, "t": 10})
