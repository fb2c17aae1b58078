"""Which columns of a table go together."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import BLUE, ORANGE
from explorer.results.profile import Correlations

SIGNED = [[0.0, ORANGE], [0.5, "#E9EDF0"], [1.0, BLUE]]
MOST_WRITTEN = 15  # columns whose numbers still fit into their fields
LONGEST = 26  # characters of a name beside the picture


def correlation_chart(found: Correlations) -> go.Figure:
    """Every two columns: blue where they rise together, orange where one falls as the other rises. No columns give an empty figure."""
    names, few = [short(name) for name in found.names], len(found.names) <= MOST_WRITTEN
    numbers = list(range(len(names)))
    figure = go.Figure(
        go.Heatmap(
            z=found.values,
            x=numbers,
            y=numbers,
            customdata=np.array([[(a, b) for b in found.names] for a in found.names]).reshape(len(names), len(names), 2),
            texttemplate="%{z:.2f}" if few else None,
            hovertemplate="%{customdata[0]} and %{customdata[1]}: %{z:.2f}<extra></extra>",
            colorscale=SIGNED,
            zmin=-1,
            zmax=1,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            colorbar={"title": "correlation"},
        )
    )
    ticks = {"tickmode": "array", "tickvals": numbers, "ticktext": names, "showgrid": False, "zeroline": False}
    figure.update_xaxes(title="column", tickangle=-45, **ticks)
    figure.update_yaxes(title="column", autorange="reversed", **ticks)
    return figure.update_layout(margin={"t": 10, "r": 10, "b": 10, "l": 10}, height=max(360, 140 + 20 * len(names)))


def in_words(found: Correlations) -> str:
    """The chart as a sentence."""
    first, second, size = found.strongest()
    if not first:
        return "No two columns vary together."
    how = "rise together" if size > 0 else "move against each other"
    return f"Correlations of {len(found.names)} columns. Most of all, {first} and {second} {how} (correlation {size:.2f})."


def short(name: str) -> str:
    """A long name, cut."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
