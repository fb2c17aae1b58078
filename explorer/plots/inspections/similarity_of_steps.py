from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat
from explorer.plots.inspections._steps import AXIS, step_axis
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    steps = found.arrays["steps"]
    names = [f"{step:,}" for step in steps]
    figure = heat(found.arrays["values"], (AXIS, "step"), "similarity (CKA)", (names, names), 1.0, square=True)
    figure.update_xaxes(**step_axis(steps))
    figure.update_yaxes(**{**step_axis(steps), "title": "step"})
    return {f"How alike {found.facts['layer']} sees the examples at two steps": figure.update_layout(height=480)}
