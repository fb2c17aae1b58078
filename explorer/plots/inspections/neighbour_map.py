from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._points import add_points, laid_out
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    a = found.arrays
    points = add_points(go.Figure(), a["points"], a["numbers"], a["marks"], found.facts)
    axes = ("position on the map (no unit)", "position on the map (no unit)")
    return {f"Who is near whom in {found.facts['layer']}": laid_out(points, axes)}
