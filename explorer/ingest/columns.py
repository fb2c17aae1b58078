"""Rows of cells, as they come out of a file, become columns of numbers and of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from explorer.errors import DataError
from explorer.ingest.about import Notes, shown
from explorer.ingest.content import Column, Table
from explorer.ingest.limits import Limits
from explorer.ingest.values import LARGEST, as_number, is_endless, says_nothing

MOSTLY = 0.95  # share of numbers from which the other cells of a column are taken for mistakes
PADDED = re.compile(r"(?:^|\n)[+-]?0\d")
LONGEST_NAME = 80
Cells = tuple[str, ...]
Chunk = tuple[Cells, np.ndarray | None]


class TableBuilder:
    """Takes rows in chunks and gives a table.

    Args:
        header: the names of the columns as they stand in the file.
        first_row: number in the file of the first row that is added, counted from 1, for people.
        comma: a comma in a number may be its decimal point.
    """

    def __init__(self, header: Sequence[str], limits: Limits, notes: Notes, first_row: int = 2, comma: bool = False) -> None:
        check_width(len(header), limits)
        self.limits, self.notes, self.first_row, self.comma = limits, notes, first_row, comma
        self.names = clean_names(header, notes)
        self.rows = 0
        self._chunks: list[list[Chunk]] = [[] for _ in self.names]

    @property
    def room(self) -> int:
        """Rows that may still be added."""
        return min(self.limits.rows, self.limits.cells // len(self.names)) - self.rows

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Add rows, each as long as the header."""
        self.rows += len(rows)
        if not rows:
            return
        for chunks, cells in zip(self._chunks, zip(*rows, strict=True), strict=True):
            chunks.append((cells, quick_numbers(cells)))

    def add_columns(self, columns: Sequence[np.ndarray | Cells], rows: int) -> None:
        """Add whole columns: float64 of those that hold numbers only, the cells of others."""
        self.rows += rows
        for chunks, column in zip(self._chunks, columns, strict=True):
            chunks.append(((), column) if isinstance(column, np.ndarray) else (column, None))

    def left_out(self, more: str) -> None:
        """Note that the file goes on after the last row there was room for."""
        what = f"the table has more than {self.rows:,} rows ({more}), which is as many as are read"
        self.notes.add("the end of the file", what, "The first rows are used. Bring a shorter file if others should be.")

    def table(self) -> Table:
        """Everything added. Raises DataError when that is nothing."""
        if not self.rows:
            raise DataError("This table has column names but no rows. Choose a file with at least a few rows below the names.")
        return Table(tuple(self._column(name, chunks) for name, chunks in zip(self.names, self._chunks, strict=True)))

    def _column(self, name: str, chunks: list[Chunk]) -> Column:
        numbers = [found for _, found in chunks if found is not None]
        if len(numbers) == len(chunks):
            return Column(name, np.concatenate(numbers))
        return self._column_of_words(name, (cell for cells, _ in chunks for cell in cells))

    def _column_of_words(self, name: str, cells: Iterable[str]) -> Column:
        values, levels = encoded(cells)
        plain = [_pointed(level) for level in levels] if self.comma else list(levels)
        numbers = np.array([as_number(level) for level in plain])
        is_number = np.isfinite(numbers)
        no_number = np.array([says_nothing(level) or is_endless(level) for level in levels], bool)
        if (is_number | no_number).all() and (is_number.any() or not levels):
            self._note_missing(name, values, levels, no_number)
            return Column(name, np.array([*numbers, np.nan])[values])
        self._note_mixed(name, values, levels, is_number)
        return recoded(name, values, plain) if plain != list(levels) and is_number.any() else Column(name, values, levels)

    def _note_missing(self, name: str, values: np.ndarray, levels: Sequence[str], which: np.ndarray) -> None:
        for number in np.flatnonzero(which):
            places = np.flatnonzero(values == number)
            what = f"“{shown(levels[number])}” stands among the numbers of “{shown(name)}”"
            way_out = "Read as missing. Make the column a category if it is a value of its own."
            self.notes.add(f"column “{shown(name)}”, from row {places[0] + self.first_row:,} on", what, way_out, len(places))

    def _note_mixed(self, name: str, values: np.ndarray, levels: Sequence[str], is_number: np.ndarray) -> None:
        counts = np.bincount(values[values >= 0], minlength=len(levels))
        odd = counts[~is_number].sum()
        if not MOSTLY <= 1 - odd / counts.sum() < 1:
            return
        first = np.flatnonzero(np.isin(values, np.flatnonzero(~is_number)))[0]
        what = f"“{shown(name)}” holds numbers, but not everywhere: “{shown(levels[values[first]])}” is none"
        way_out = "These cells count as missing. Correct them in the file, or make the column a category."
        self.notes.add(f"column “{shown(name)}”, row {first + self.first_row:,}", what, way_out, int(odd))


def quick_numbers(cells: Cells) -> np.ndarray | None:
    """float64 of cells that are all plain numbers; None when any is not, or might be something else."""
    try:
        found = np.fromiter(map(float, cells), float, len(cells))
    except ValueError:
        return None
    joined = "\n".join(cells)
    if "_" in joined or not joined.isascii() or PADDED.search(joined):
        return None
    return found if (np.abs(found) <= LARGEST).all() else None  # not for NaN, either


def encoded(cells: Iterable[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """int32 number of each cell's word, -1 for an empty one; and the words in order of the alphabet, without spaces around them."""
    index: dict[str, int] = {}
    raw = np.array([index.setdefault(cell, len(index)) for cell in cells], np.int32)
    trimmed = [cell.strip() for cell in index]
    levels = tuple(sorted(set(trimmed) - {""}))
    place = {level: number for number, level in enumerate(levels)}
    return np.array([place.get(cell, -1) for cell in trimmed], np.int32)[raw], levels


def recoded(name: str, values: np.ndarray, levels: Sequence[str]) -> Column:
    """A column whose words were changed; those that became the same are one."""
    different = tuple(sorted(set(levels)))
    place = {level: number for number, level in enumerate(different)}
    return Column(name, np.array([*(place[level] for level in levels), -1], np.int32)[values], different)


def check_width(columns: int, limits: Limits) -> None:
    """Raises DataError when a table has too many columns."""
    if columns > limits.columns:
        raise DataError(
            f"This table has {columns:,} columns; the limit is {limits.columns:,}. Keep the columns that matter, and try again."
        )


def clean_names(header: Sequence[str], notes: Notes) -> tuple[str, ...]:
    """Names that differ from each other: missing ones are numbered, those that come again get a number added."""
    names: list[str] = []
    taken: set[str] = set()
    for number, raw in enumerate(header, start=1):
        name = shown(raw.strip(), LONGEST_NAME)
        if not name:
            notes.add(f"column {number}", "columns without a name", "They are called “column” and their number.")
            name = f"column {number}"
        elif name in taken:
            notes.add(f"column {number}", f"another column is called “{shown(name)}”, too", "The later ones have a number added.")
        names.append(_distinct(name, taken))
        taken.add(names[-1])
    return tuple(names)


def _distinct(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def _pointed(level: str) -> str:
    """3,5 as 3.5, where that makes it a number."""
    if level.count(",") != 1 or "." in level:
        return level
    pointed = level.replace(",", ".")
    return pointed if np.isfinite(as_number(pointed)) else level
