"""Examples beside an explanation: pictures, texts, rows of a table, series, points of the plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.plots.data_montage import montage
from explorer.plots.data_series import series_examples
from explorer.plots.explanations._grid import inked
from explorer.plots.inspections._drawing import LEGEND, MARGIN, SHEET, heat, visible
from explorer.plots.palette import BLUE, GREY, ORANGE
from explorer.results.inspected import Inspected

LONGEST = 90  # letters of a text that are written
ROW = 28  # px, of one text
AROUND = 2.2  # standard deviations around the mean, that the plane shows at least


def gallery(about: Mapping[str, Any], inputs: np.ndarray, captions: Sequence[str]) -> go.Figure:
    """Examples (n, ...), each with its caption. None give an empty figure.

    Args:
        about: what `interpret.examples.described_examples` knows of them.
        inputs: in their own units.
        captions: n.
    """
    if not len(inputs):
        return go.Figure().update_layout(height=120, margin=MARGIN).add_annotation(text="no examples", showarrow=False)
    return DRAWN[about["input"]](about, inputs, captions)


def of_found(found: Inspected, captions: Sequence[str]) -> go.Figure:
    """The examples that a record holds."""
    return gallery(found.facts["shown"], found.arrays["example_inputs"], captions)


def _pictures(about: Mapping[str, Any], inputs: np.ndarray, captions: Sequence[str]) -> go.Figure:
    low, high = float(inputs.min()), float(inputs.max())
    across = min(max(len(inputs), 4), 6)
    frames = np.tile([0.0, 0.0, 1.0, 1.0], (len(inputs), 1))  # a white picture is seen on a white page too
    shades = inked((inputs - low) / max(high - low, 1e-9))
    figure = montage(shades, captions, across=across, tall=round(SHEET / across), boxes=frames)
    return figure.update_shapes(line={"color": GREY, "width": 1})


def _texts(about: Mapping[str, Any], inputs: np.ndarray, captions: Sequence[str]) -> go.Figure:
    between = " " if max((len(token) for row in about["tokens"] for token in row), default=1) > 1 else ""  # letters stand close
    whole = [between.join(visible(token) for token in row) for row in about["tokens"]]
    figure = go.Figure(
        go.Scatter(
            x=np.zeros(len(whole)),
            y=np.arange(len(whole)),
            text=[visible(text, LONGEST) for text in whole],
            mode="text",
            textposition="middle right",
            customdata=whole,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_xaxes(visible=False, range=[-0.01, 1])
    names = [visible(caption, 40) for caption in captions]
    figure.update_yaxes(
        autorange="reversed", tickmode="array", tickvals=list(range(len(whole))), ticktext=names, showgrid=False, zeroline=False
    )
    return figure.update_layout(height=40 + ROW * len(whole), margin=MARGIN, showlegend=False)


def _rows(about: Mapping[str, Any], inputs: np.ndarray, captions: Sequence[str]) -> go.Figure:
    """How many standard deviations each number lies from the mean of all examples."""
    means, deviations = np.array(about["means"], float), np.array(about["deviations"], float)
    rows = inputs.reshape(len(inputs), -1)
    unusual = (rows - means) / np.where(deviations > 0, deviations, 1.0)
    names = list(about["names"]) if len(about["names"]) == rows.shape[1] else [str(i) for i in range(rows.shape[1])]
    return heat(unusual, ("column, from its mean", "example"), "standard deviations", (names, list(captions)))


def _series(about: Mapping[str, Any], inputs: np.ndarray, captions: Sequence[str]) -> go.Figure:
    names = about["names"]
    return series_examples(inputs.reshape(len(inputs), inputs.shape[1], -1)[..., 0], captions, names[0] if names else "value")


def _points(about: Mapping[str, Any], inputs: np.ndarray, captions: Sequence[str]) -> go.Figure:
    names = about["names"] if len(about["names"]) == 2 else ("x", "y")
    marker = {"size": 11, "color": BLUE, "line": {"width": 1, "color": ORANGE}}
    figure = go.Figure(
        go.Scatter(
            x=inputs[:, 0],
            y=inputs[:, 1],
            mode="markers+text",
            marker=marker,
            text=[visible(caption, 24) for caption in captions],
            textposition=[("top center", "bottom center")[at % 2] for at in range(len(inputs))],  # neighbours do not cover each other
            textfont={"size": 11},
            hovertemplate="%{x:.3g}, %{y:.3g}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(title=names[0], constrain="domain", range=_wide(about, inputs, 0))
    figure.update_yaxes(title=names[1], scaleanchor="x", constrain="domain", range=_wide(about, inputs, 1))
    return figure.update_layout(height=420, margin=MARGIN, legend=LEGEND, showlegend=False)


def _wide(about: Mapping[str, Any], inputs: np.ndarray, axis: int) -> list[float]:
    """Ends of an axis on which the usual examples fit, and these."""
    middle, reach = about["means"][axis], AROUND * about["deviations"][axis]
    room = 0.1 * max(reach, 1e-9)
    return [min(middle - reach, float(inputs[:, axis].min()) - room), max(middle + reach, float(inputs[:, axis].max()) + room)]


DRAWN: dict[str, Callable[[Mapping[str, Any], np.ndarray, Sequence[str]], go.Figure]] = {
    "image": _pictures,
    "audio": _pictures,
    "text": _texts,
    "table": _rows,
    "series": _series,
    "points": _points,
}
