from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._glass import parts
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    inputs, weights, products = (found.arrays[name] for name in ("inputs", "weights", "products"))
    pairs = zip(found.facts["names"], inputs, weights, strict=True)
    names = [f"{name}: {value:.3g} · {weight:.3g}" for name, value, weight in pairs]
    rest = [("bias", float(found.arrays["bias"])), ("sum", found.facts["value"])]
    return {"Input times weight": parts(names, products, "part of the sum", rest)}
