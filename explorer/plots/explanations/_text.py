"""Maps over texts: tokens as coloured boxes in lines, and neighbours of one sign as spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._scale import MARK, Look, Scale, add_meaning, scale_of
from explorer.plots.inspections._drawing import visible
from explorer.results.attribution import Attribution

ACROSS, BELOW, FOOT = 1, 0, 62  # small maps in a row, px of names below each, and below them all
LINE = 54.0  # letters of a line: at 500 px they can still be read
ROW = 34  # px, a line
SPACE = 0.35  # letters between boxes
FULLEST = 1.0  # letters a box has more than its token
ANSWERED = "#00A86B"  # around the place that is answered
FONT = "Source Code Pro, DejaVu Sans Mono, Menlo, Consolas, monospace"


@dataclass(frozen=True)
class Boxes:
    """Boxes in lines.

    Attributes:
        texts: what stands in each.
        values: the number of each.
        left, width: in letters.
        row: counted from 0.
        first: number of the first token in each.
    """

    texts: list[str]
    values: np.ndarray
    left: np.ndarray
    width: np.ndarray
    row: np.ndarray
    first: np.ndarray

    @property
    def rows(self) -> int:
        return int(self.row.max(initial=0)) + 1


def figures(found: Attribution, look: Look) -> dict[str, go.Figure]:
    drawn = {"Which tokens": _figure(found, boxes_of(found.facts["tokens"], found.values))}
    spans = spans_of(found.facts["tokens"], found.values)
    if found.signed and 1 < len(set(spans.first.tolist())) < len(found.values):
        drawn["Spans of one sign"] = _figure(found, spans)
    return drawn


def boxes_of(tokens: Sequence[str], values: np.ndarray) -> Boxes:
    """A box for each token."""
    texts = [visible(token, 20) for token in tokens]
    return _laid_out(texts, [len(visible(token, 20)) for token in tokens], values, np.arange(len(tokens)))


def spans_of(tokens: Sequence[str], values: np.ndarray) -> Boxes:
    """A box for each run of tokens of one sign, their numbers added up; what does not fit a line goes on in the next."""
    between = " " if max(map(len, tokens), default=1) > 1 else ""
    texts: list[str] = []
    sums: list[float] = []
    first: list[int] = []
    for run in np.split(np.arange(len(values)), np.flatnonzero(np.diff(values < 0)) + 1):
        for line in _lines([visible(tokens[i], 20) for i in run], between):
            texts.append(line)
            sums.append(float(values[run].sum()))
            first.append(int(run[0]))
    return _laid_out(texts, list(map(len, texts)), np.array(sums), np.array(first))


def _lines(words: Sequence[str], between: str) -> list[str]:
    """Words joined into as few lines as hold them."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(between) + len(word) + FULLEST <= LINE:
            lines[-1] += between + word
        else:
            lines.append(word)
    return lines


def _laid_out(texts: list[str], letters: Sequence[int], values: np.ndarray, first: np.ndarray) -> Boxes:
    left, rows, x, row = [], [], 0.0, 0
    widths = [count + FULLEST for count in letters]
    for width in widths:
        if x and x + width > LINE:
            x, row = 0.0, row + 1
        left.append(x)
        rows.append(row)
        x += width + SPACE
    return Boxes(texts, values, np.array(left), np.array(widths), np.array(rows), first)


def _figure(found: Attribution, boxes: Boxes) -> go.Figure:
    scale = scale_of(found, boxes.values)
    figure = add_meaning(go.Figure(), scale, bool(_planted(found).any()))
    add_boxes(figure, found, boxes, scale, {})
    if "place" in found.facts and len(boxes.texts) == len(found.values):
        marker = {"color": ANSWERED, "symbol": "square-open", "size": 11, "line": {"width": 2}}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name="where it is answered", showlegend=True)
    margin = {"t": 52, "r": 10, "b": 66, "l": 10}
    figure.update_layout(coloraxis=scale.lying(), height=118 + ROW * boxes.rows, margin=margin)
    return figure


def add_boxes(figure: go.Figure, found: Attribution, boxes: Boxes, scale: Scale, place: dict) -> None:
    """Boxes, each in the colour of its number; what is planted and the place that is answered have a line around them."""
    around = ["rgba(0,0,0,0)"] * len(boxes.texts)
    if len(boxes.texts) == len(found.values):
        around = [MARK if planted else colour for planted, colour in zip(_planted(found), around, strict=True)]
        if "place" in found.facts:
            around[found.facts["place"]] = ANSWERED
    wide = [3 if colour != "rgba(0,0,0,0)" else 0 for colour in around]
    figure.add_bar(
        x=boxes.left + boxes.width / 2,
        y=np.full(len(boxes.row), 0.8),
        base=boxes.row + 0.1,
        width=boxes.width,
        text=boxes.texts,
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        insidetextfont={"family": FONT, "size": 12, "color": scale.written(boxes.values)},
        marker={
            "color": scale.painted(boxes.values),
            "cornerradius": 4,
            "line": {"color": around, "width": wide},
        },
        customdata=np.stack([boxes.values, boxes.first], 1),
        hovertemplate="%{text}: %{customdata[0]:.4g} (from place %{customdata[1]})<extra></extra>",
        showlegend=False,
        **place,
    )
    bar = {"color": [0.0], "coloraxis": "coloraxis"}  # boxes have colours of their own: the bar of colours needs numbers
    figure.add_scatter(x=[None], y=[None], mode="markers", marker=bar, showlegend=False, hoverinfo="skip", **place)
    figure.update_xaxes(visible=False, range=[-0.3, LINE + 0.3], fixedrange=True, **place)
    figure.update_yaxes(visible=False, range=[boxes.rows, 0], fixedrange=True, **place)


def numbers(found: Attribution) -> np.ndarray:
    """What is drawn of a map where there are many: all of it."""
    return found.values


def many(figure: go.Figure, maps: Sequence[Attribution], values: Sequence[np.ndarray], scale: Scale, places: Sequence[dict]) -> None:
    """Maps of the same text, below each other."""
    for one, shown, place in zip(maps, values, places, strict=True):
        add_boxes(figure, one, boxes_of(one.facts["tokens"], shown), scale, place)


def tall(maps: Sequence[Attribution]) -> int:
    """Height of a field, px."""
    return 24 + ROW * boxes_of(maps[0].facts["tokens"], maps[0].values).rows


def _planted(found: Attribution) -> np.ndarray:
    return found.arrays.get("planted", np.zeros(len(found.values))) > 0
