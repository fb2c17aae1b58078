from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat
from explorer.plots.inspections._glass import tables
from explorer.plots.palette import RED
from explorer.results.inspected import Inspected

HOW = {"max": "largest number", "mean": "mean"}


def figures(found: Inspected) -> dict[str, go.Figure]:
    window, facts = found.arrays["window"], found.facts
    high, wide = window.shape
    over_time = high == 1
    axes = ("step" if over_time else "column (pixels)", "row")
    drawn = {f"The window and its {HOW[facts['how']]}: {facts['value']:.3g}": tables([("", (window,))], ("window",), axes)}
    if "input" in found.arrays:
        whole = heat(found.arrays["input"], axes, f"channel {facts['unit']}", square=not over_time)
        frame = {"x0": facts["left"] - 0.5, "x1": facts["left"] + wide - 0.5, "y0": facts["top"] - 0.5, "y1": facts["top"] + high - 0.5}
        drawn["Where the window lies"] = whole.add_shape(type="rect", line={"color": RED, "width": 3}, **frame)
    return drawn
