from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import MARGIN, heat
from explorer.plots.palette import BLUE, GREY, ORANGE
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    a, gates = found.arrays, found.facts["gates"]
    from_input, from_before = a["input_weights"] * a["x"], a["hidden_weights"] * a["before"]
    sums = np.stack([from_input.sum(1), from_before.sum(1), a["input_bias"] + a["hidden_bias"]], 1)
    columns = ["the input", "the outputs before", "the biases"]
    return {
        "Gates, memory and output": _gates(found),
        "What adds up in every gate": heat(sums, ("comes from", "gate"), "part of the sum", (columns, gates)),
        "Input times weight, for every gate": heat(from_input, ("number of the input", "gate"), "part of the sum", (None, gates)),
        "Output before times weight, for every gate": heat(from_before, ("unit", "gate"), "part of the sum", (None, gates)),
    }


def _gates(found: Inspected) -> go.Figure:
    """One bar for each number that the unit makes at this step."""
    values = found.facts["values"]
    bars = [*values.items(), ("given out", found.facts["value"])]
    if "cell" in values:
        bars.insert(0, ("cell before", float(found.arrays["cell_before"])))
    colours = [ORANGE if name.startswith("cell") else BLUE if name == "given out" else GREY for name, _ in bars]
    figure = go.Figure(
        go.Bar(
            x=[name for name, _ in bars],
            y=[value for _, value in bars],
            marker={"color": colours},
            text=[f"{value:.3g}" for _, value in bars],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.4g}<extra></extra>",
        )
    )
    figure.update_xaxes(title=f"at step {found.facts['at'][0]}", type="category")
    figure.update_yaxes(title="value (gates: 0 closed, 1 open)")
    return figure.update_layout(height=330, margin=MARGIN, showlegend=False)
