"""Excel: the first sheet of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, ClassVar

from explorer.errors import DataError
from explorer.ingest.about import About, shown
from explorer.ingest.archive import DAMAGED
from explorer.ingest.columns import TableBuilder, check_width
from explorer.ingest.content import Table
from explorer.ingest.formats.parquet import as_cell, check_cells
from explorer.ingest.reading import FORMATS, Format, Upload
from explorer.ingest.roles import about_table

CHUNK = 1000
MOST_ROWS = 1 << 20  # of a sheet of Excel; a file may say it has billions, all but a few of them empty


@FORMATS.register("excel")
class Excel(Format):
    """Cells as they were last shown: a formula counts as the value that Excel kept of it, and is never computed here."""

    title: ClassVar[str] = "Excel workbook"
    endings: ClassVar[tuple[str, ...]] = (".xlsx",)

    def suits(self, upload: Upload) -> bool:
        return upload.archive is not None and any(name == "xl/workbook.xml" for name in upload.archive.names)

    def read(self, upload: Upload) -> tuple[Table, About]:
        try:
            import openpyxl
        except ImportError:
            raise DataError("Reading Excel needs the package openpyxl. Install neural-explorer[files], or save the sheet as CSV.") from None
        upload.file.seek(0)
        try:
            table = self._read(openpyxl.load_workbook(upload.file, read_only=True, data_only=True, keep_links=False), upload)
        except (*DAMAGED, TypeError, AttributeError, SyntaxError):
            raise DataError(
                f"“{shown(upload.name)}” is damaged, or no workbook. Open it in Excel and save it again, or save it as CSV."
            ) from None
        return table, about_table(upload.name, self.title, table, upload.notes)

    def _read(self, book: Any, upload: Upload) -> Table:
        if not book.worksheets:
            raise DataError("This workbook has no sheet with cells. Choose another one.")
        sheet = book.worksheets[0]
        if len(book.worksheets) > 1:
            upload.notes.add(
                "the workbook", "further sheets", "The first one is read. Save another as a file of its own.", len(book.worksheets) - 1
            )
        sheet.reset_dimensions()  # what a sheet says of its size may be a lie
        rows = filled(islice(sheet.iter_rows(values_only=True), MOST_ROWS))
        header = next(rows, None)
        if header is None:
            raise DataError("The first sheet of this workbook is empty. Put the table there.")
        check_width(len(header), upload.limits)
        builder = TableBuilder(header, upload.limits, upload.notes)
        while (room := builder.room) > 0 and (chunk := list(islice(rows, min(CHUNK, room)))):
            check_cells(chain.from_iterable(chunk), upload.limits)
            builder.add([fitted(row, len(header)) for row in chunk])
        if not builder.room and next(rows, None) is not None:
            builder.left_out("more rows follow")
        return builder.table()


def filled(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[str]]:
    """Rows that hold anything, without the empty cells behind."""
    for row in rows:
        cells = [as_cell(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield cells


def fitted(row: list[str], width: int) -> list[str]:
    """Exactly `width` cells; Excel leaves out those that are empty, and what stands beside the table is not part of it."""
    return (row + [""] * (width - len(row)))[:width]
