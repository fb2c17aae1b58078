"""Tables as text: one row a line, cells divided by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import ClassVar

from explorer.errors import DataError
from explorer.ingest.about import About, Notes, shown
from explorer.ingest.at_once import columns_at_once
from explorer.ingest.columns import TableBuilder, check_width
from explorer.ingest.content import Table
from explorer.ingest.encoding import decoded
from explorer.ingest.limits import Limits
from explorer.ingest.reading import FORMATS, KNOWN, Format, Upload
from explorer.ingest.roles import about_table
from explorer.ingest.values import as_number, is_endless

DELIMITERS = (",", ";", "\t", "|")
NAMED = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
LINE_END = re.compile(r"[\r\n]")
SNIFFED = 20  # lines
CHUNK = 1000  # rows turned into columns at once
MOST_RAGGED = 0.05  # share of rows with too many or too few cells from which the file is refused


@FORMATS.register("delimited")
class Delimited(Format):
    """CSV and its relatives. Whatever is text and nothing else is taken for a table."""

    title: ClassVar[str] = "table as text (CSV)"
    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")
    rank: ClassVar[int] = 9

    def suits(self, upload: Upload) -> bool:
        known = any(upload.head.startswith(start) for start, _, _ in KNOWN) or upload.archive
        return upload.ending in (*self.endings, ".tab", ".data") and not known

    def read(self, upload: Upload) -> tuple[Table, About]:
        text = decoded(upload.data(), f"“{shown(upload.name)}”", upload.notes)
        check_first_line(text, upload.limits)
        delimiter = delimiter_of(text)
        table = table_of(text, delimiter, upload.limits, upload.notes)
        return table, about_table(upload.name, f"text with {NAMED[delimiter]} between the cells", table, upload.notes)


def table_of(text: str, delimiter: str, limits: Limits, notes: Notes) -> Table:
    """Read rows until there are no more, or no room. Raises DataError naming the line that cannot be read."""
    reader = Rows(text, delimiter, limits)
    header = next(reader.rows, None)
    if header is None:
        raise DataError("This file holds nothing but empty lines. Choose another one.")
    has_names = not all(as_number(cell) == as_number(cell) or is_endless(cell) or not cell.strip() for cell in header)
    if not has_names:
        notes.add(
            "row 1", "the first row holds numbers, so the columns have no names", "They are numbered. Add a row of names to the file."
        )
    builder = TableBuilder(header if has_names else [""] * len(header), limits, notes, 1 + has_names, comma=delimiter != ",")
    if add_at_once(builder, text, delimiter, has_names):
        return builder.table()
    rows = reader.rows if has_names else chain([header], reader.rows)
    add_all(builder, (whole(row, len(header)) for row in rows), reader)
    return builder.table()


def add_at_once(builder: TableBuilder, text: str, delimiter: str, has_names: bool) -> bool:
    """Add all rows of a large plain file. Returns False, and adds nothing, where it has to be read row by row."""
    first, _, rest = text.partition("\n")
    if not first.strip() or text.count("\n") >= builder.room:
        return False
    columns = columns_at_once(rest if has_names else text, delimiter, len(builder.names), builder.limits)
    if columns is None:
        return False
    builder.add_columns(columns, len(columns[0]))
    return True


def whole(row: list[str], width: int) -> list[str]:
    """A row without the empty cells behind its last column."""
    return row[:width] if len(row) > width and not any(row[width:]) else row


class Rows:
    """The rows of a text, one after another, with the number of the line it has come to."""

    def __init__(self, text: str, delimiter: str, limits: Limits) -> None:
        csv.field_size_limit(limits.cell)
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        self._limits = limits
        self.rows: Iterator[list[str]] = self._whole_rows()

    @property
    def line(self) -> int:
        return self._reader.line_num

    def _whole_rows(self) -> Iterator[list[str]]:
        while True:
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DataError(self._words(str(error))) from None
            if row and any(row):
                yield row

    def _words(self, error: str) -> str:
        if "field limit" in error:
            return (
                f"A cell in line {self.line:,} has more than {self._limits.cell:,} characters. Perhaps a quotation mark was never closed."
            )
        return f"Line {self.line:,} cannot be read: a quotation mark opens or closes where it should not. Correct it there, and try again."


def add_all(builder: TableBuilder, rows: Iterator[list[str]], reader: Rows) -> None:
    """Add every row that has as many cells as there are columns, and note the others."""
    width, ragged, first = len(builder.names), 0, ""
    while (room := builder.room) > 0 and (chunk := list(islice(rows, min(CHUNK, room)))):
        fitting = [row for row in chunk if len(row) == width]
        if len(fitting) < len(chunk):
            ragged += len(chunk) - len(fitting)
            first = first or _ragged(next(row for row in chunk if len(row) != width), width, reader.line)
        builder.add(fitting)
    if ragged > MOST_RAGGED * (builder.rows + ragged):
        raise DataError(f"{ragged:,} of {builder.rows + ragged:,} rows have not as many cells as there are names of columns. {first}")
    if ragged:
        builder.notes.add("the rows", f"rows that have not {width} cells. {first}", "They are left out. Correct them in the file.", ragged)
    if not builder.room and next(rows, None) is not None:
        builder.left_out("more lines follow")


def _ragged(row: list[str], width: int, line: int) -> str:
    return f"The first of them, in line {line:,} or shortly before, has {len(row)} instead of {width}: “{shown('|'.join(row), 60)}”."


def check_first_line(text: str, limits: Limits) -> None:
    """Refuse a table that is too wide before all of it is taken apart."""
    first = LINE_END.split(text, maxsplit=1)[0]
    check_width(
        min(first.count(delimiter) for delimiter in DELIMITERS if delimiter in first) + 1 if any(map(first.count, DELIMITERS)) else 1,
        limits,
    )


def delimiter_of(text: str) -> str:
    """What divides the cells: that which divides the first lines into most columns, equally many in each."""
    lines = [line for line in islice(io.StringIO(text[:200_000], newline=None), SNIFFED) if line.strip()]
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Share of the lines that have as many cells as the first, if these are several; and how many."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] < 2:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]
