from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import bars, heat
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    ticks = (found.facts["asked"], found.facts["asking"])
    axes = ("step that is looked at", "step that looks")
    drawn = {
        f"Head {head}": heat(shares, axes, "weight; a row adds up to 1", ticks, 1.0, square=True)
        for head, shares in enumerate(found.arrays["weights"])
    }
    seen = np.exp(found.arrays["entropy"]).mean(1)
    names = [f"head {head}" for head in range(len(seen))]
    drawn["How widely each head looks"] = bars(names, {"steps": seen}, ("head", "equally weighted steps"))
    return drawn
