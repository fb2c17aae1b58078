"""Which format a file has, and reading it: the one door through which everything comes in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import BinaryIO, ClassVar

from explorer.errors import DataError
from explorer.ingest.about import About, Notes, shown
from explorer.ingest.archive import Archive
from explorer.ingest.content import Content
from explorer.ingest.limits import Limits
from explorer.registry import Registry

FORMATS: Registry[Format] = Registry("file format", "explorer.ingest.formats")

HEAD = 4096
KNOWN = (  # what people bring by mistake: first bytes -> what it is, what to do
    (b"Rar!", "a RAR archive", "Make a ZIP archive of the same files."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Make a ZIP archive of the same files."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, and bring the file inside, or a ZIP archive."),
    (b"BZh", "a bzip2 archive", "Unpack it, and bring the file inside, or a ZIP archive."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it, and bring the file inside, or a ZIP archive."),
    (b"%PDF", "a PDF document", "Bring the table in it as CSV."),
    (b"\x89PNG", "one PNG picture", "Bring a ZIP archive with one folder of pictures per class."),
    (b"\xff\xd8\xff", "one JPEG picture", "Bring a ZIP archive with one folder of pictures per class."),
    (b"GIF8", "one GIF picture", "Bring a ZIP archive with one folder of pictures per class."),
    (b"RIFF", "one recording or film", "Bring a ZIP archive with one folder of WAV files per class."),
    (b"fLaC", "one FLAC recording", "Bring a ZIP archive with one folder of recordings per class."),
    (b"ID3", "an MP3 recording", "Bring a ZIP archive with one folder of WAV files per class."),
    (b"OggS", "an OGG recording", "Bring a ZIP archive with one folder of WAV files per class."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document", "Save it as .xlsx or as CSV."),
    (b"\x89HDF", "an HDF5 file", "Bring its numbers as CSV or Parquet."),
    (b"\x93NUMPY", "a NumPy file", "Bring its numbers as CSV or Parquet."),
    (b"\x80\x04", "a Python pickle", "Pickles hold programs and are never opened. Bring CSV, Parquet or a ZIP archive."),
    (b"\x80\x05", "a Python pickle", "Pickles hold programs and are never opened. Bring CSV, Parquet or a ZIP archive."),
    (b"\x7fELF", "a program", "Bring CSV, Parquet, Excel or a ZIP archive."),
    (b"<svg", "an SVG drawing", "Save it as PNG, and bring a ZIP archive with one folder of pictures per class."),
    (b"<!DOCTYPE", "a web page", "Download the file that the page is about, and bring that."),
    (b"<!doctype", "a web page", "Download the file that the page is about, and bring that."),
    (b"<html", "a web page", "Download the file that the page is about, and bring that."),
    (b"MZ", "a program", "Bring CSV, Parquet, Excel or a ZIP archive."),
    (b"SQLite format 3", "an SQLite database", "Bring one of its tables as CSV."),
)


@dataclass(frozen=True)
class Upload:
    """A file that somebody brought.

    Attributes:
        name: what it is called there; never used as a path.
        file: its bytes, from which may be read at any place.
    """

    name: str
    file: BinaryIO
    limits: Limits
    notes: Notes = field(default_factory=Notes)

    @cached_property
    def size(self) -> int:
        """Bytes."""
        return self.file.seek(0, 2)

    @cached_property
    def head(self) -> bytes:
        self.file.seek(0)
        return self.file.read(HEAD)

    @property
    def ending(self) -> str:
        """ ".csv" of a file called so."""
        return PurePath(self.name.lower().replace("\0", "")).suffix

    @cached_property
    def archive(self) -> Archive | None:
        """The archive it is, if it is one. Raises DataError for one that is not safe to unpack."""
        return Archive.open(self.file, self.limits, self.notes) if self.head.startswith(b"PK\x03\x04") else None

    def data(self) -> bytes:
        """All of it."""
        self.file.seek(0)
        return self.file.read(self.limits.bytes)


class Format(ABC):
    """One kind of file. A variant says whether a file is one of its kind, and reads it."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""  # what people call it
    endings: ClassVar[tuple[str, ...]] = ()  # what its files are called, ".csv"
    rank: ClassVar[int] = 0  # the greater, the later it is asked

    @abstractmethod
    def suits(self, upload: Upload) -> bool:
        """Whether the file is of this kind, judged by its first bytes or by what the archive holds."""

    @abstractmethod
    def read(self, upload: Upload) -> tuple[Content, About]:
        """What the file holds. Raises DataError."""


def read(name: str, file: BinaryIO, limits: Limits | None = None) -> tuple[Content, About]:
    """Whatever a file holds, and what there is to say about it.

    Args:
        name: what the file is called; shown, and never used as a path.
        file: its bytes; one that can be sought in.

    Raises:
        DataError: it is too large, of no format known here, or broken.
    """
    upload = Upload(name, file, limits or Limits())
    check_size(upload.size, upload.limits)
    for cls in sorted(FORMATS.values(), key=lambda one: one.rank):
        if cls().suits(upload):
            return cls().read(upload)
    raise DataError(what_it_is(upload))


def check_size(size: int, limits: Limits) -> None:
    """Raises DataError for a file that is empty or too large."""
    if not size:
        raise DataError("This file is empty. Choose another one.")
    if size > limits.bytes:
        raise DataError(f"This file has {size / 2**20:,.0f} MB; the limit is {limits.bytes / 2**20:,.0f} MB. Bring a part of it.")


def what_it_is(upload: Upload) -> str:
    """The sentence about a file that cannot be read here."""
    for start, what, way_out in KNOWN:
        if upload.head.startswith(start):
            return f"“{shown(upload.name)}” is {what}, which is not read here. {way_out}"
    if upload.archive:
        held = ", ".join(sorted(upload.archive.endings)) or "none with an ending"
        return f"The archive holds no pictures, recordings or texts; its files are: {shown(held, 80)}. Put one folder per class into it."
    known = ", ".join(dict.fromkeys(ending for cls in FORMATS.values() for ending in cls.endings))
    return f"“{shown(upload.name)}” is of no kind that is read here. Bring one of: {known}."
