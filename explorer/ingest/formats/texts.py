"""Texts in an archive: one folder per class with a text in each file, or one file per class with a text in each line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import ClassVar

from explorer.errors import DataError
from explorer.ingest.about import About, ColumnAbout, Notes, shown
from explorer.ingest.archive import Archive, Member
from explorer.ingest.columns import encoded
from explorer.ingest.content import Column, Table
from explorer.ingest.encoding import decoded
from explorer.ingest.limits import Limits
from explorer.ingest.reading import FORMATS, Format, Upload
from explorer.ingest.roles import about_table

ENDINGS = (".txt", ".md")
MOSTLY = 0.5


@FORMATS.register("texts")
class TextArchive(Format):
    """Becomes a table of two columns, the text and its label."""

    title: ClassVar[str] = "archive of texts (ZIP)"
    endings: ClassVar[tuple[str, ...]] = (".zip",)

    def suits(self, upload: Upload) -> bool:
        return upload.archive is not None and upload.archive.share(ENDINGS) >= MOSTLY

    def read(self, upload: Upload) -> tuple[Table, About]:
        assert upload.archive
        archive, limits = upload.archive, upload.limits
        found = list(lines(archive) if all("/" not in name for name in archive.names if is_text(name)) else whole_files(archive))
        if len(found) > limits.rows:
            upload.notes.add("the archive", f"texts after the first {limits.rows:,}", "They are left out.", len(found) - limits.rows)
        table = table_of(found[: limits.rows])
        about = about_table(upload.name, self.title, table, upload.notes)
        return table, about.model_copy(update={"columns": tuple(map(with_role, about.columns))})


def is_text(name: str) -> bool:
    """Whether a file is called as texts are."""
    return PurePosixPath(name).suffix.lower() in ENDINGS


def whole_files(archive: Archive) -> Iterator[tuple[str, str]]:
    """(text, label) of every file."""
    members = archive.labelled(ENDINGS, "texts")
    for member, text in archive.decoded(members, lambda data: decoded(data, "a text of the archive", archive.notes)):
        if text.strip():
            yield cut(" ".join(text.split()), archive.limits, archive.notes), member.label


def lines(archive: Archive) -> Iterator[tuple[str, str]]:
    """(text, label) of every line of files that are called as their class is."""
    members = [Member(name, PurePosixPath(name).stem) for name in archive.names if is_text(name)]
    for member, text in archive.decoded(members, lambda data: decoded(data, "a text of the archive", archive.notes)):
        for line in text.splitlines():
            if line.strip():
                yield cut(line.strip(), archive.limits, archive.notes), member.label


def cut(text: str, limits: Limits, notes: Notes) -> str:
    """The text, as far as there is room for it."""
    if len(text) > limits.cell:
        notes.add("the archive", f"texts longer than {limits.cell:,} characters", "Only their beginning is used.")
    return text[: limits.cell]


def table_of(found: list[tuple[str, str]]) -> Table:
    """A table of texts and labels. Raises DataError when there is none."""
    if not found:
        raise DataError("The texts of this archive are empty. Put at least a few words into each.")
    texts, labels = zip(*found, strict=True)
    return Table((Column("text", *encoded(texts)), Column("label", *encoded([shown(label, 60) for label in labels]))))


def with_role(column: ColumnAbout) -> ColumnAbout:
    """Here what the columns are for is known."""
    role, reason = ("text", "it holds the texts") if column.name == "text" else ("target", "it holds their classes")
    return column.model_copy(update={"role": role, "reason": reason})
