from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.inspections._drawing import heat
from explorer.results.inspected import Inspected

TITLES = {
    "hidden": ("Output (hidden state)", "output, -1 to 1"),
    "cell": ("Memory cell", "memory"),
    "forget": ("Forget gate: what is kept of the memory", "0 closed, 1 open"),
    "input": ("Input gate: how much of the candidate enters the memory", "0 closed, 1 open"),
    "candidate": ("Candidate: what could enter", "candidate, -1 to 1"),
    "output": ("Output gate: how much of the memory is given out", "0 closed, 1 open"),
    "reset": ("Reset gate: how much of the old output enters the candidate", "0 closed, 1 open"),
    "update": ("Update gate: how much of the old output stays", "0 closed, 1 open"),
}


def figures(found: Inspected) -> dict[str, go.Figure]:
    names = [str(unit) for unit in found.arrays["units"]]
    return {
        title: heat(found.arrays[name].T, ("step", "unit"), unit, (found.facts["steps"], names), None if name == "cell" else 1.0)
        for name, (title, unit) in TITLES.items()
        if name in found.arrays
    }
