from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._steps import over_steps
from explorer.results.inspected import Inspected

TITLES = {"dead": "Dead units", "saturated": "Saturated units"}


def figures(found: Inspected) -> dict[str, go.Figure]:
    names, steps = found.facts["layers"], found.arrays["steps"]
    drawn = {}
    for what, title in TITLES.items():
        if np.isfinite(found.arrays[what]).any():
            shares = found.arrays[what]
            drawn[title] = over_steps(names, shares, steps, "share of the units", tickformat=".0%", range=[-0.02, 1.02])
    spread = over_steps(names, found.arrays["deviation"], steps, "standard deviation of the outputs", rangemode="tozero")
    return {**drawn, "How widely the outputs are spread": spread}
