from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections.glass_convolution import multiplied
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    return multiplied(found, ("inputs", "weights", "products"), "Where these inputs lie") if found.arrays["patch"].size else {}
