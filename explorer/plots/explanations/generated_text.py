from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._scale import Scale, add_meaning, meaning
from explorer.plots.inspections._drawing import tick_names, visible
from explorer.results.inspected import Inspected

ROW, FEWEST = 26, 6  # px of a written token; rows that a figure has room for at least
GIVEN = "#8A949C"  # the line between what was given and what was written


def figures(found: Inspected) -> dict[str, go.Figure]:
    return {"Which earlier token made which": _matrix(found)}


def _matrix(found: Inspected) -> go.Figure:
    """A row for each written token, a column for each one before it; below the stairs nothing was there yet."""
    tokens, begun, values = found.facts["tokens"], found.facts["begun"], found.arrays["values"]
    signed, unit = found.facts["signed"], found.facts["unit"]
    above, below = meaning("the token", signed, unit, number=False)
    scale = Scale(signed, float(np.abs(values).max(initial=0)) or 1.0, unit, above.replace("'", ""), below)
    shown = np.where(np.arange(values.shape[1]) < begun + np.arange(len(values))[:, None], values, np.nan)
    hover = "%{customdata[0]} from %{customdata[1]}, %{customdata[2]} back: %{z:.3g}<extra></extra>"
    figure = go.Figure()
    figure.add_heatmap(z=shown[:, :-1], customdata=_told(tokens, begun)[:, :-1], coloraxis="coloraxis", hovertemplate=hover, xgap=1, ygap=1)
    figure.add_vline(x=begun - 0.5, line={"color": GIVEN, "width": 2, "dash": "dot"})
    add_meaning(figure, scale)
    names = [f"{visible(token)}  {_percent(chance)} " for token, chance in zip(tokens[begun:], found.facts["chances"], strict=True)]
    figure.update_xaxes(title="earlier token: given, and after the dotted line written", **tick_names(tokens[:-1], most=60))
    figure.update_yaxes(title="token written, with its probability", autorange="reversed", **tick_names(names))
    height = 202 + ROW * max(len(names), FEWEST)
    return figure.update_layout(coloraxis=scale.lying(60), height=height, margin={"t": 40, "r": 10, "b": 122, "l": 10})


def _told(tokens: list[str], begun: int) -> np.ndarray:
    """(written, tokens, 3): the token that was written, one that it is made of, and how far back that is."""
    names = [repr(token) for token in tokens]
    rows = [[[names[i], one, i - j] for j, one in enumerate(names)] for i in range(begun, len(names))]
    return np.array(rows, object)


def _percent(chance: float) -> str:
    return f"{chance:.0%}" if chance >= 0.005 else "&lt;1%"
