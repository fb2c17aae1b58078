from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.explanations._answers import answers
from explorer.plots.explanations._before_after import before_after
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    """Empty where no input with another answer was found: the words say so."""
    if not found.facts["found"] or not found.facts["changes"]:
        return {}
    return {
        **before_after(found),
        "The answers before and after": answers(found.facts["answers"], found.facts["after"], found.facts["unit"]),
    }
