"""How the metrics of a run moved, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import CATEGORIES, GREY, TEST, TRAIN, VALIDATION

PARTS = {"train": ("training", TRAIN, "dash"), "validation": ("validation", VALIDATION, "dot"), "test": ("test", TEST, "solid")}


def loss_curve(
    history: Mapping[str, np.ndarray], unit: str = "", marks: Sequence[Mapping] = (), names: Sequence[str] = (), log: bool = False
) -> go.Figure:
    """Curves over the steps of a run. An empty history gives an empty, labelled figure.

    Args:
        history: "step" and one array per metric, all (m,); NaN where a metric was not measured.
        unit: of the vertical axis, e.g. "nats per example".
        marks: {"step": ..., "text": ...} for each change made while it trained; drawn as a dotted line with its words.
        names: the metrics to draw; every loss when left out.
        log: a logarithmic vertical axis.
    """
    steps = history.get("step", np.zeros(0, np.float32))
    names = names or [name for name in history if name.endswith("loss")]
    figure = go.Figure([_trace(name, i, steps, history[name]) for i, name in enumerate(names)])
    for mark in marks:
        figure.add_vline(
            x=mark["step"], line={"color": GREY, "width": 1, "dash": "dot"}, annotation={"text": mark["text"], "textangle": -90}
        )
    what = "loss" if all(name.endswith("loss") for name in names) else names[0].rpartition("_")[2]
    figure.update_layout(
        xaxis_title="step (updates of the weights)",
        yaxis_title=f"{what} ({unit})" if unit else what,
        yaxis_type="log" if log else "linear",
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        margin={"t": 30, "r": 10, "b": 10, "l": 10},
        height=340,
    )
    return figure


def label_of(name: str) -> str:
    """A metric's name for people: "train_loss" -> "training loss"."""
    part, _, rest = name.partition("_")
    words = PARTS[part][0] if part in PARTS else part
    return f"{words} {rest.replace('_', ' ')}".strip()


def _trace(name: str, position: int, steps: np.ndarray, values: np.ndarray) -> go.Scatter:
    """A point that was not measured is left out, so that the line joins its neighbours."""
    measured = np.isfinite(values)
    _, colour, dash = PARTS.get(name.partition("_")[0], ("", CATEGORIES[(position + 2) % len(CATEGORIES)], "solid"))
    return go.Scatter(
        x=steps[measured],
        y=values[measured],
        name=label_of(name),
        mode="lines",
        line={"color": colour, "width": 2, "dash": dash},
        hovertemplate="%{y:.4g}",
    )
