from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import bars
from explorer.plots.inspections._points import add_points, laid_out
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    a, shares = found.arrays, [*found.facts["shares"], 0.0][:2]
    axes = [f"{name} direction ({part:.0%} of the variance)" for name, part in zip(("first", "second"), shares, strict=True)]
    points = add_points(go.Figure(), a["points"], a["numbers"], a["marks"], found.facts)
    every = np.array(found.facts["shares"], float)
    names = [str(i) for i in range(1, len(every) + 1)]
    carried = bars(names, {"share": every}, ("direction", "share of the variance"))
    return {
        f"Test examples as {found.facts['layer']} sees them": laid_out(points, (axes[0], axes[1])),
        "What each direction carries": carried.update_yaxes(tickformat=".0%"),
    }
