"""Parts of a picture that are measured before they are drawn, and how they share the width of a slide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log

GUTTER, MARGIN = 44.0, 28.0  # between columns, around the whole, pixels
ASPECT = 1.6  # width to height: a slide's, with room for its heading
SHORTEST = 460.0  # a picture no taller than this stays one column


@dataclass(frozen=True)
class Piece:
    """A part of the picture, measured before anything is drawn.

    Attributes:
        left, right: room on both sides of the line the data flow along, pixels.
        height: pixels.
        draw: (x of that line, y of the top) -> SVG elements.
        arrow: colour of a piece that joins two others, where the picture may go on in another column; else "".
    """

    left: float
    right: float
    height: float
    draw: Callable[[float, float], list[str]]
    arrow: str = ""

    @property
    def width(self) -> float:
        return self.left + self.right


def stack(pieces: Sequence[Piece]) -> Piece:
    """Pieces one under another, along one line."""
    tops = [0.0, *accumulate(piece.height for piece in pieces)]

    def draw(x: float, y: float) -> list[str]:
        return [part for top, piece in zip(tops, pieces, strict=False) for part in piece.draw(x, y + top)]

    return Piece(max(piece.left for piece in pieces), max(piece.right for piece in pieces), tops[-1], draw)


def connectors(axes: Sequence[float], stacks: Sequence[Piece], top: float, colours: Sequence[str]) -> list[str]:
    """From the foot of each column to the head of the next."""
    drawn, r = [], 8
    for number, colour in enumerate(colours[1:], 1):
        x, after, foot = axes[number - 1], axes[number], top + stacks[number - 1].height
        turn, low, high = after - stacks[number].left - GUTTER / 2, foot + 12, top - 12
        path = (
            f"M{x:.1f} {foot:.1f}V{low - r:.1f}q0 {r} {r} {r}H{turn - r:.1f}q{r} 0 {r} -{r}"
            f"V{high + r:.1f}q0 -{r} {r} -{r}H{after - r:.1f}q{r} 0 {r} {r}V{top:.1f}"
        )
        drawn.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    return drawn


def columns_of(pieces: list[Piece]) -> list[list[Piece]]:
    """The pieces in as many columns as make the whole look like a slide; an arrow always begins a column."""
    tallest = sum(piece.height for piece in pieces)
    if tallest <= SHORTEST:
        return [pieces]
    tried = [_cut(pieces, count) for count in range(1, 9)]
    return min(tried, key=lambda columns: abs(log(_aspect(columns) / ASPECT)))


def _aspect(columns: list[list[Piece]]) -> float:
    stacks = [stack(column) for column in columns]
    return (sum(one.width + GUTTER for one in stacks) + MARGIN) / (max(one.height for one in stacks) + 2 * MARGIN)


def _cut(pieces: list[Piece], count: int) -> list[list[Piece]]:
    """At most `count` columns, the tallest of them as low as can be."""
    low, high = max(piece.height for piece in pieces), sum(piece.height for piece in pieces)
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(pieces, middle)) <= count else (middle, high)
    return _filled(pieces, high)


def _filled(pieces: list[Piece], most: float) -> list[list[Piece]]:
    """Columns filled one after another up to a height; a column never ends in an arrow."""
    columns: list[list[Piece]] = [[]]
    for group in _groups(pieces):
        tall = sum(piece.height for piece in (*columns[-1], *group))
        if columns[-1] and tall > most and group[0].arrow:
            columns.append([])
        columns[-1] += group
    return columns


def _groups(pieces: list[Piece]) -> list[list[Piece]]:
    """Each arrow with what it leads to."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if piece.arrow or not groups:
            groups.append([])
        groups[-1].append(piece)
    return groups
