from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._steps import over_steps
from explorer.results.inspected import Inspected

SIZES = {"per_weight": ("gradient", "root mean square per weight"), "norm": ("gradient_norm", "norm of the gradient")}


def figures(found: Inspected) -> dict[str, go.Figure]:
    names, steps, arrays = found.facts["layers"], found.arrays["steps"], found.arrays
    key, title = SIZES[found.facts["size"]]
    change = "size of the step / size of the weights"
    return {
        "How strong the gradient was": over_steps(names, _shown(arrays[key]), steps, title, **_powers(arrays[key])),
        "How much the next step changed": over_steps(names, _shown(arrays["ratio"]), steps, change, **_powers(arrays["ratio"])),
    }


def _shown(values: np.ndarray) -> np.ndarray:
    """A logarithmic axis has no 0."""
    return np.where(values > 0, values, np.nan)


def _powers(values: np.ndarray) -> dict:
    """A logarithmic axis with at most some ten powers of ten written."""
    shown = values[np.isfinite(values) & (values > 0)]
    powers = np.log10(shown.max() / shown.min()) if len(shown) else 1
    return {"type": "log", "exponentformat": "power", "dtick": max(round(powers / 8), 1)}
