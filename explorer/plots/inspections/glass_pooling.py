from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat
from explorer.plots.inspections._glass import framed, tables
from explorer.results.inspected import Inspected

HOW = {"max": "largest number", "mean": "mean"}


def figures(found: Inspected) -> dict[str, go.Figure]:
    window, facts = found.arrays["window"], found.facts
    high, wide = window.shape
    over_time = high == 1
    axes = ("step" if over_time else "column (pixels)", "row")
    drawn = {}
    if "input" in found.arrays:
        entered = heat(found.arrays["input"], axes, f"channel {facts['unit']}", square=not over_time)
        far = (facts["top"] + high - 1, facts["left"] + wide - 1)
        drawn["Where the window lies"] = framed(entered, (facts["top"], facts["left"]), far)
    drawn[f"The window and its {HOW[facts['how']]}: {facts['value']:.3g}"] = tables([("", (window,))], ("window",), axes)
    return drawn
