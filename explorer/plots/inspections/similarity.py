from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    names = found.facts["layers"]
    figure = heat(found.arrays["values"], ("layer", "layer"), "similarity (CKA)", (names, names), 1.0, square=True)
    figure.update_xaxes(tickangle=-45)
    return {"How alike the layers see the examples": figure.update_layout(height=max(420, 160 + 22 * len(names)))}
