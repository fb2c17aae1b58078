"""Maps over rows of tables: a bar for each column, the largest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.plots.explanations._scale import MARK, Look, Scale, add_meaning, cut, scale_of
from explorer.plots.palette import BLUE, ORANGE
from explorer.results.attribution import Attribution

ACROSS, BELOW, FOOT = 3, 40, 44  # small maps in a row, px of names below each, and below them all
MOST = 20  # bars; what is smaller is added up
BAR = 24  # px
MOST_SMALL = 10  # bars of small maps
WORD = ": "  # between the name of a column and one of its words
LETTERS = 26  # of a column's name


@dataclass(frozen=True)
class Columns:
    """Columns of a table as a person thinks of them: those made of the words of one column are one.

    Attributes:
        names: with what the example has there: "mean radius = 17.9".
        members: numbers of the inputs each is made of.
        planted: whether a shortcut was planted there.
    """

    names: Sequence[str]
    members: Sequence[np.ndarray]
    planted: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The numbers of each, added up."""
        return np.array([values[one].sum() for one in self.members])


def figures(found: Attribution, look: Look) -> dict[str, go.Figure]:
    columns = columns_of(found)
    sums = columns.sums(found.values)
    scale = scale_of(found, sums)
    names, shown, planted = _largest(columns, sums)
    figure = add_meaning(go.Figure(), scale, bool(columns.planted.any()))
    add_bars(figure, names, shown, planted)
    title = "Which columns" if found.input == "table" else "Which inputs"
    figure.update_xaxes(title=cut(scale.unit, 50), zeroline=True)
    margin = {"t": 50, "r": 20, "b": 10, "l": 10}
    return {title: figure.update_layout(height=110 + BAR * max(len(names), 4), margin=margin, barmode="overlay", bargap=0.25)}


def columns_of(found: Attribution) -> Columns:
    """The columns of a row; of inputs nothing more is known about, each is its own."""
    parts = np.array(found.facts.get("parts") or range(found.values.size))
    given = [*found.facts.get("names", ())][: found.values.size]
    names = given + [f"input {i}" for i in range(len(given), found.values.size)]
    raw = found.arrays["input"].ravel()
    planted = found.arrays.get("planted", np.zeros(raw.shape)).ravel() > 0
    members = [np.flatnonzero(parts == part) for part in dict.fromkeys(parts.tolist())]
    return Columns([_called(names, raw, one) for one in members], members, np.array([planted[one].any() for one in members]))


def _called(names: Sequence[str], raw: np.ndarray, members: np.ndarray) -> str:
    """A column with what it holds: a number, or that of its words that is 1."""
    first = names[members[0]]
    if len(members) == 1:
        return f"{cut(first, LETTERS)} = {raw[members[0]]:.4g}"
    whole = first.partition(WORD)[0]
    held = [names[i].partition(WORD)[2] for i in members if raw[i] > 0]
    return f"{cut(whole, LETTERS)} = {cut(' and '.join(held) or 'none of its words', 18)}"


def _largest(columns: Columns, sums: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The largest, and the rest of many added up at the end."""
    order = np.argsort(-np.abs(sums), kind="stable")
    first, rest = (order, order[:0]) if len(order) <= MOST else (order[: MOST - 1], order[MOST - 1 :])
    names, shown, planted = [columns.names[i] for i in first], sums[first], columns.planted[first]
    if not len(rest):
        return names, shown, planted
    return [*names, f"{len(rest)} more, added up"], np.append(shown, sums[rest].sum()), np.append(planted, columns.planted[rest].any())


def add_bars(figure: go.Figure, names: Sequence[str], values: np.ndarray, planted: np.ndarray, **place: int) -> None:
    """A bar for each name from top to bottom, coloured by sign."""
    marker = {
        "color": np.where(values < 0, ORANGE, BLUE).tolist(),
        "line": {"color": MARK, "width": np.where(planted, 3, 0).tolist()},
    }
    at = list(range(len(names)))
    hover = "%{customdata}<br>%{x:.4g}<extra></extra>"
    figure.add_bar(x=values, y=at, orientation="h", marker=marker, customdata=names, hovertemplate=hover, showlegend=False, **place)
    ticks = {"tickmode": "array", "tickvals": at, "ticktext": [f"{name} " for name in names]}
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], automargin=True, showgrid=False, zeroline=False, **ticks, **place)


def numbers(found: Attribution) -> np.ndarray:
    """What is drawn of a map where there are many: a number for each column."""
    return columns_of(found).sums(found.values)


def many(figure: go.Figure, maps: Sequence[Attribution], values: Sequence[np.ndarray], scale: Scale, places: Sequence[dict]) -> None:
    """Maps of the same row: the columns that are largest in any of them, in one order."""
    columns = columns_of(maps[0])
    chosen = _largest_of_any(values)
    names = [columns.names[i] for i in chosen]
    for one, place in zip(values, places, strict=True):
        add_bars(figure, names, one[chosen], columns.planted[chosen], **place)
        figure.update_yaxes(showticklabels=place["col"] == 1, **place)
        figure.update_xaxes(range=[scale.low * 1.05, scale.limit * 1.05], nticks=4, **place)
    middle = [place for place in places if place["col"] == (1 + max(one["col"] for one in places)) // 2]
    figure.update_xaxes(title={"text": cut(scale.unit), "standoff": 4}, **middle[-1])


def _largest_of_any(values: Sequence[np.ndarray]) -> np.ndarray:
    shares = np.max([np.abs(one) / (np.abs(one).max() or 1.0) for one in values], axis=0)
    return np.argsort(-shares, kind="stable")[:MOST_SMALL]


def tall(maps: Sequence[Attribution]) -> int:
    """Height of a field, px."""
    return 60 + 20 * min(len(columns_of(maps[0])), MOST_SMALL)
