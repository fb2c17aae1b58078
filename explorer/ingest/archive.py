"""ZIP archives: looked at from outside first, then unpacked one file at a time, in memory, under a count of bytes."""

from __future__ import annotations

import csv
import io
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, TypeVar

from explorer.errors import DataError
from explorer.ingest.about import Notes, shown
from explorer.ingest.encoding import decoded
from explorer.ingest.limits import MB, Limits

T = TypeVar("T")
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
LITTER = re.compile(r"(^|/)(__MACOSX/|\.(?!rels$)|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)  # each workbook has a .rels
LABEL_NAMES = ("label", "labels", "class", "category", "target", "species")
FILE_NAMES = ("file", "filename", "file_name", "image", "path", "name", "id", "audio", "recording")
TOO_SMALL_TO_MATTER = 10 * MB  # an archive may become as large as this whatever its ratio
BROKEN_ANYWAY = 3  # files that may be broken however few there are
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    LookupError,
    OverflowError,
)


@dataclass(frozen=True)
class Member:
    """One file of an archive and the class it is of."""

    name: str
    label: str


class Archive:
    """The files of a ZIP archive that is safe to read."""

    def __init__(self, file: zipfile.ZipFile, limits: Limits, notes: Notes) -> None:
        self._file, self.limits, self.notes = file, limits, notes
        entries = [info for info in file.infolist() if not info.is_dir()]
        self._infos = {info.filename: info for info in entries if not LITTER.search(info.filename)}
        litter = len(entries) - len(self._infos)
        if litter:
            notes.add("the archive", "files that the operating system or a double name left there", "They are not read.", litter)

    @classmethod
    def open(cls, file: BinaryIO, limits: Limits, notes: Notes) -> Archive:
        """Look at the directory of an archive. Raises DataError unless all of it may be unpacked."""
        try:
            opened = zipfile.ZipFile(file)
        except DAMAGED:
            raise DataError("This ZIP archive is damaged, or was cut short. Make it again, or download it again.") from None
        check(opened.infolist(), limits)
        return cls(opened, limits, notes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._infos)

    @property
    def endings(self) -> Counter[str]:
        """How many files there are of each ending, ".png"."""
        return Counter(PurePosixPath(name).suffix.lower() for name in self._infos)

    def share(self, endings: tuple[str, ...]) -> float:
        """Share of the files that have one of these endings."""
        found = self.endings
        return sum(found[ending] for ending in endings) / max(found.total(), 1)

    def read(self, name: str) -> bytes:
        """One file, unpacked. Raises DataError when it is broken or larger than it says."""
        limit = self.limits.member
        try:
            with self._file.open(self._infos[name]) as member:
                data = member.read(limit + 1)
        except DAMAGED:
            raise DataError(f"“{shown(name)}” in the archive is damaged. Make the archive again.") from None
        if len(data) > limit:
            raise DataError(f"“{shown(name)}” in the archive has more than {limit / MB:,.0f} MB. Leave it out, or make it smaller.")
        return data

    def labelled(self, endings: tuple[str, ...], noun: str) -> list[Member]:
        """The files with one of these endings and the class of each, by a table of labels in the archive or by the folder it lies in.

        Args:
            noun: what these files are called, "pictures".

        Raises:
            DataError: neither says what they are of.
        """
        names = [name for name in self._infos if PurePosixPath(name).suffix.lower() in endings]
        self._note_others(len(self._infos) - len(names), noun)
        table = [name for name in self._infos if PurePosixPath(name).suffix.lower() in (".csv", ".tsv")]
        if table:
            return self._by_table(names, table[0])
        found = [Member(name, PurePosixPath(name).parent.name.strip()) for name in names]
        if not all(member.label for member in found):
            raise DataError(
                f"Nothing says what the {noun} are of. Put them into one folder per class (cat/1{endings[0]}, dog/1{endings[0]}), "
                "or add a labels.csv with the columns file and label."
            )
        return one_case(found, self.notes)

    def _note_others(self, count: int, noun: str) -> None:
        if count:
            self.notes.add("the archive", f"files that are no {noun}", "They are not read, but for a table of labels.", count)

    def _by_table(self, names: list[str], table: str) -> list[Member]:
        labels = labels_in(decoded(self.read(table), f"“{shown(table)}”", self.notes), table, self.limits)
        by_name = {key: name for name in names for key in (PurePosixPath(name).stem, PurePosixPath(name).name, name)}
        found = {by_name[key]: label for key, label in labels if key in by_name}
        absent = sum(key not in by_name for key, _ in labels)
        if absent:
            self.notes.add(table, "rows that name a file which is not in the archive", "They are left out.", absent)
        if len(names) > len(found):
            self.notes.add(table, "files that no row names", "They are left out.", len(names) - len(found))
        if not found:
            raise DataError(
                f"No row of “{shown(table)}” names a file of the archive. Its first column should hold names such as {names[:1]}."
            )
        return [Member(name, label) for name, label in found.items()]

    def decoded(self, members: list[Member], decode: Callable[[bytes], T]) -> Iterator[tuple[Member, T]]:
        """Each file as `decode` makes it of its bytes; those it raises DataError for are noted and left out.

        Raises:
            DataError: too many are, or all.
        """
        broken, last = 0, ""
        for member in members:
            try:
                found = decode(self.read(member.name))
            except DataError as error:
                broken, last = broken + 1, str(error)
                self.notes.add(f"“{shown(member.name)}”", f"left out: {error}", "Replace these files to use them.")
                check_broken(broken, len(members), last, self.limits)
                continue
            yield member, found
        if broken == len(members):
            raise DataError(f"None of the files in this archive can be read. {last} Make the archive again from files that open here.")


def check_broken(broken: int, members: int, last: str, limits: Limits) -> None:
    """Raises DataError when too many files are broken for the others to be trusted."""
    if broken > max(BROKEN_ANYWAY, limits.broken * members):
        raise DataError(f"{broken:,} of the {members:,} files looked at are damaged or of another kind. {last}")


def check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Raises DataError for an archive that names what lies outside it, or that unpacks to more than there is room for."""
    if len(entries) > limits.files:
        raise DataError(f"This archive holds {len(entries):,} files; the limit is {limits.files:,}. Bring a part of them.")
    for entry in entries:
        _check_entry(entry)
    _check_sizes(entries, limits)
    _check_overlap(entries)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    parts = re.split(r"[/\\]", name)
    if ".." in parts or name[:1] in ("/", "\\") or name[1:2] == ":" or "\0" in name or len(name) > 255:
        raise DataError(
            f"This archive names a place outside itself, or no name at all: “{shown(name)}”. Make it again from a plain folder."
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise DataError(f"“{shown(name)}” in this archive is a link to another file. Make the archive again with the files themselves.")
    if entry.flag_bits & 1:
        raise DataError("This archive is protected with a password. Make it again without one.")
    if entry.compress_type not in PACKED:
        raise DataError(f"“{shown(name)}” is packed in a way that is not read here. Make a plain ZIP archive.")


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked:
        raise DataError(
            f"This archive unpacks to {unpacked / MB:,.0f} MB; the limit is {limits.unpacked / MB:,.0f} MB. Bring a part of it."
        )
    if unpacked > max(limits.ratio * packed, TOO_SMALL_TO_MATTER):
        raise DataError(
            f"This archive unpacks to {unpacked / max(packed, 1):,.0f} times its size, as only archives do that are made to fill "
            f"a computer; the limit is {limits.ratio}. Pack it less tightly if it is a real one."
        )


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    end = -1
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise DataError("Files of this archive lie over one another, as only in archives made to fill a computer. Make it again.")
        end = entry.header_offset + 30 + entry.compress_size  # 30 bytes: the shortest local header


def labels_in(text: str, where: str, limits: Limits) -> list[tuple[str, str]]:
    """(file, label) of each row of a table of labels. Raises DataError when it has no two columns."""
    delimiter = max(",;\t", key=next(iter(text.splitlines()), "").count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise DataError(f"“{shown(where)}” cannot be read as a table: {error}. Save it as CSV with two columns, file and label.") from None
    if not rows or min(map(len, rows)) < 2 or len(rows) > limits.rows:
        raise DataError(f"“{shown(where)}” should have two columns in every row, the name of a file and its label. Save it so.")
    header = [cell.strip().lower() for cell in rows[0]]
    file = next((header.index(name) for name in FILE_NAMES if name in header), 0)
    label = next((header.index(name) for name in LABEL_NAMES if name in header), 1 if file == 0 else 0)
    has_header = bool(set(header) & {*FILE_NAMES, *LABEL_NAMES})
    found = [(row[file].strip(), row[label].strip()) for row in rows[has_header:] if len(row) > max(file, label)]
    return [(name.replace("\\", "/"), value) for name, value in found if value]


def one_case(members: list[Member], notes: Notes) -> list[Member]:
    """Classes that differ in capital letters only become one, called as the first of them."""
    first: dict[str, str] = {}
    for member in members:
        called = first.setdefault(member.label.lower(), member.label)
        if called != member.label:
            notes.add(
                f"folder “{shown(member.label)}”", f"files of a folder that is called “{shown(called)}”, too", "They are of one class."
            )
    return [Member(member.name, first[member.label.lower()]) for member in members]
