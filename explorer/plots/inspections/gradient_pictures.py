from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat, sheet
from explorer.results.inspected import Inspected

WEIGHT, OUTPUT = "d loss / d weight", "d loss / d output"


def figures(found: Inspected) -> dict[str, go.Figure]:
    """Weights, then outputs; every picture stands left of its gradient."""
    return DRAWN[found.facts["form"]](found) | _outputs(found)


def _filters(found: Inspected) -> dict[str, go.Figure]:
    names = [f"{unit}" for unit in found.arrays["units"]]
    title = f"Filters of {found.facts['layer']}, input channel {found.facts['channel']}, each left of its gradient"
    return {title: _pairs(found, "weight", names)}


def _steps(found: Inspected) -> dict[str, go.Figure]:
    return {
        f"Filters of {found.facts['layer']}, each left of its gradient": _pairs(found, "weight", [str(i) for i in found.arrays["units"]])
    }


def _table(found: Inspected) -> dict[str, go.Figure]:
    ticks = (None, found.facts["names"])
    values, slopes = (found.arrays[name][:, 0] for name in ("weights", "weight_slopes"))
    return {
        f"Numbers of {found.facts['layer']}": heat(values, ("number", "token"), "weight", ticks),
        "The gradient of the batch for them": heat(slopes, ("number", "token"), WEIGHT, ticks),
    }


def _outputs(found: Inspected) -> dict[str, go.Figure]:
    """Maps beside their gradients; what is no picture as two tables."""
    layer, example = found.facts["layer"], found.facts["example"]
    if len(found.arrays["maps"]) > 1:
        names = [str(number) for number in found.arrays["maps"]]
        return {f"Maps that {layer} gives for {example}, each left of its gradient": _pairs(found, "output", names)}
    values, slopes = (found.arrays[name][0] for name in ("outputs", "output_slopes"))
    axes = ("unit", "step") if len(values) > 1 else ("unit", "example")
    return {
        f"What {layer} gives for {example}": heat(values, axes, "activation"),
        "The gradient of its loss for that": heat(slopes, axes, OUTPUT),
    }


def _pairs(found: Inspected, name: str, captions: Sequence[str]) -> go.Figure:
    arrays = found.arrays
    pictures = np.stack([arrays[f"{name}s"], arrays[f"{name}_slopes"]], 1).reshape(-1, *arrays[f"{name}s"].shape[1:])
    limits = np.stack([arrays[f"{name}_limits"], arrays[f"{name}_slope_limits"]], 1).ravel()
    return sheet(
        pictures, [text for caption in captions for text in (caption, f"∂ {caption}")], limits, WEIGHT if name == "weight" else OUTPUT
    )


DRAWN: dict[str, Callable[[Inspected], dict[str, go.Figure]]] = {
    "filters": _filters,
    "rows": _filters,
    "steps": _steps,
    "table": _table,
}
