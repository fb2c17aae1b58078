from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import MARGIN, UNSIGNED
from explorer.plots.inspections._steps import AXIS, over_steps, step_axis
from explorer.results.inspected import Inspected

UNIT = "similarity (CKA)"
LEAST = 0.01  # by which the ends of the colours differ


def figures(found: Inspected) -> dict[str, go.Figure]:
    steps, values, layer = found.arrays["steps"], found.arrays["values"], found.facts["layer"]
    ends = [f"with step {steps[0]:,}", f"with step {steps[-1]:,}"]
    return {
        f"How alike {layer} sees the examples at two steps": _field(values, steps),
        "Beside the first and the last step": over_steps(ends, values[[0, -1]], steps, UNIT),
    }


def _field(values: np.ndarray, steps: np.ndarray) -> go.Figure:
    """Colours go from the least similarity there is, so that small differences are seen too."""
    least = min(float(np.nanmin(values)) if np.isfinite(values).any() else 0.0, 1 - LEAST)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            customdata=np.stack(np.meshgrid(steps, steps), -1),
            colorscale=UNSIGNED,
            zmin=least,
            zmax=1.0,
            hovertemplate="steps %{customdata[0]:,} and %{customdata[1]:,}: %{z:.3f}<extra></extra>",
            hoverongaps=False,
            colorbar={"title": {"text": UNIT, "side": "right"}},
        )
    )
    figure.update_xaxes(constrain="domain", **step_axis(steps))
    figure.update_yaxes(scaleanchor="x", constrain="domain", autorange="reversed", **{**step_axis(steps), "title": AXIS})
    return figure.update_layout(margin=MARGIN, height=460)
