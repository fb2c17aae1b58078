"""How often every class, tag or token comes in each part of a data set."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.plots.palette import TEST, TRAIN, VALIDATION
from explorer.results.profile import Counts

COLOURS = {"training": TRAIN, "validation": VALIDATION, "test": TEST}
MOST = 40  # names that can be read beside one another


def counts_chart(counts: Counts, answer: str = "", most: int = MOST) -> go.Figure:
    """Counts of every part, side by side. No names give an empty, labelled figure.

    Args:
        counts: in the order to show them.
        answer: what the names are, e.g. "digit".
        most: names shown; the rest is left out and said to be.
    """
    names = [shown(name) for name in counts.names[:most]]
    figure = go.Figure(
        [
            go.Bar(
                x=names,
                y=values[:most],
                name=part,
                marker={"color": COLOURS[part]},
                hovertemplate="%{x}: %{y:,} " + f"{part} {counts.what}",
            )
            for part, values in counts.parts.items()
        ]
    )
    rest = f", the {most} most frequent of {len(counts.names)}" if len(counts.names) > most else ""
    figure.update_xaxes(title=f"{answer or 'class'}{rest}", type="category", showgrid=False)
    figure.update_yaxes(title=f"how many {counts.what}", rangemode="tozero")
    return figure.update_layout(
        barmode="group",
        bargap=0.25,
        height=340,
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )


def in_words(counts: Counts) -> str:
    """The chart as a sentence."""
    if not len(counts.names):
        return "Nothing to count."
    most, least = int(counts.train.argmax()), int(counts.train.argmin())
    total = int(counts.train.sum())
    return (
        f"{len(counts.names)} kinds among {total:,} training and {int(counts.test.sum()):,} test {counts.what}. Most frequent in training: "
        f"{shown(counts.names[most])} ({counts.train[most]:,}); least: {shown(counts.names[least])} ({counts.train[least]:,})."
    )


def shown(name: str) -> str:
    """A token as it can be seen: a space gets a sign of its own."""
    return "␣" if name == " " else name
