"""Maps of several methods beside each other, and how far they agree."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.explanations.attribution import row
from explorer.plots.inspections._drawing import heat
from explorer.results.attribution import apart
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    maps = apart(found)
    names = [one.facts["title"] for one in maps]
    mixed = len({one.signed for one in maps}) > 1
    captions = [name + " (sizes only)" * (mixed and not one.signed) for name, one in zip(names, maps, strict=True)]
    drawn = {f"What counts for {maps[0].target!r}, by {len(maps)} method{'s' * (len(maps) > 1)}": row(maps, "shared", captions)}
    if len(maps) > 1:
        drawn["How far they agree"] = heat(
            found.arrays["agreement"], ("method", "method"), "rank correlation of sizes", (names, names), limit=1.0
        )
    return drawn
