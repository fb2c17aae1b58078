from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import bars, heat
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    units, classes = found.facts["names"], found.facts["classes"]
    explained = bars(units, {"goes with the class": found.arrays["explained"]}, ("unit", "share of its variance"))
    return {
        f"Mean of every unit of {found.facts['layer']} for every class": heat(
            found.arrays["means"], ("unit", "class"), "mean activation", (units, classes)
        ),
        "How much of a unit's variance goes with the class": explained.update_yaxes(tickformat=".0%", range=[0, 1]),
    }
