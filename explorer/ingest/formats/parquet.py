"""Parquet: tables in columns, as programs pass them to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.errors import DataError
from explorer.ingest.about import About, shown
from explorer.ingest.columns import TableBuilder, check_width
from explorer.ingest.content import Table
from explorer.ingest.limits import MB, Limits
from explorer.ingest.reading import FORMATS, Format, Upload
from explorer.ingest.roles import about_table
from explorer.ingest.values import written

if TYPE_CHECKING:
    import pyarrow.parquet as pq

BATCH = 10_000  # rows decoded at once


@FORMATS.register("parquet")
class Parquet(Format):
    """Read row by row as text would be, so that a column means the same whatever file it comes from."""

    title: ClassVar[str] = "Parquet table"
    endings: ClassVar[tuple[str, ...]] = (".parquet",)

    def suits(self, upload: Upload) -> bool:
        return upload.head.startswith(b"PAR1")

    def read(self, upload: Upload) -> tuple[Table, About]:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise DataError(
                "Reading Parquet needs the package pyarrow. Install neural-explorer[files], or bring the table as CSV."
            ) from None
        upload.file.seek(0)
        try:
            table = self._read(pq.ParquetFile(upload.file), upload)
        except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError):
            raise DataError(f"“{shown(upload.name)}” is damaged, or was cut short. Write it again, or bring the table as CSV.") from None
        return table, about_table(upload.name, self.title, table, upload.notes)

    def _read(self, file: pq.ParquetFile, upload: Upload) -> Table:
        names, size = self._usable(file, upload), _unpacked(file)
        check_width(len(names), upload.limits)
        if size > upload.limits.unpacked:
            raise DataError(
                f"This table unpacks to {size / MB:,.0f} MB; the limit is {upload.limits.unpacked / MB:,.0f} MB. Bring a part of it."
            )
        builder = TableBuilder(names, upload.limits, upload.notes, first_row=1)
        batches = self._batches(file, names)
        while (room := builder.room) > 0 and (columns := next(batches, None)):
            check_cells(chain.from_iterable(columns), upload.limits)
            builder.add(list(islice(zip(*columns, strict=True), room)))
        if file.metadata.num_rows > builder.rows:
            builder.left_out(f"it has {file.metadata.num_rows:,}")
        return builder.table()

    def _usable(self, file: pq.ParquetFile, upload: Upload) -> list[str]:
        """Names of the columns that hold one value in each row."""
        import pyarrow as pa

        plain = [field.name for field in file.schema_arrow if not (pa.types.is_nested(field.type) or pa.types.is_binary(field.type))]
        others = len(file.schema_arrow) - len(plain)
        if others:
            upload.notes.add("the table", "columns that hold lists or bytes instead of single values", "They are left out.", others)
        if not plain:
            raise DataError("None of the columns of this table holds single values. Bring a table of numbers and words.")
        if len(set(plain)) < len(plain):
            raise DataError("Two columns of this table have the same name, so that they cannot be told apart. Rename one of them.")
        return plain

    def _batches(self, file: pq.ParquetFile, names: list[str]) -> Iterator[list[tuple[str, ...]]]:
        for batch in file.iter_batches(BATCH, columns=names, use_threads=False):
            yield [tuple(map(as_cell, column.to_pylist())) for column in batch.columns]


def _unpacked(file: pq.ParquetFile) -> int:
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    return max(sum(group.total_byte_size for group in groups), file.metadata.num_rows)


def check_cells(cells: Iterable[str], limits: Limits) -> None:
    """Raises DataError for a cell that holds more than a cell may."""
    longest = max(map(len, cells), default=0)
    if longest > limits.cell:
        raise DataError(f"A cell of this table has {longest:,} characters; the limit is {limits.cell:,}. Leave its column out.")


def as_cell(value: Any) -> str:
    """A value as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, float):
        return written(value) if abs(value) < 1e15 else repr(value)
    return value if isinstance(value, str) else str(value)
