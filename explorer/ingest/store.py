"""What was read is kept in a folder of its own, called by a hash of what is in it: a record names it by that and nothing else.

Decided: safetensors and JSON, in `data/<content>`; who brought it is marked in `data/owners/<person>/<content>`.
Because: the same content has one name on every computer, a changed one is noticed, and reading it can run nothing.
Instead of: the uploaded file, which would have to be read again, and trusted, wherever a run starts.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from explorer.errors import DataError
from explorer.home import default_home
from explorer.ingest.about import About
from explorer.ingest.content import Arrays, Column, Content, Pictures, Sounds, Table
from explorer.ingest.limits import MB, Limits

ABOUT, ARRAYS = "about.json", "arrays.safetensors"
LARGEST_ABOUT = 8 * MB
LARGEST_HEADER = 2 * MB  # bytes in which the arrays of a file are listed; a list of a million takes a minute to read
NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
ABANDONED = 600  # seconds after which a folder of a reading is nobody's
_changing = threading.Lock()


class Store:
    """The contents of one data directory.

    Args:
        home: of the explorer; where this computer's user has it when left out.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.folder = (home or default_home()) / "data"

    # -- reading

    def about(self, content: str) -> About:
        """What there is to say of a content. Raises DataError when it is not here."""
        return _kept(self._folder_of(content), content)[1]

    def load(self, content: str) -> tuple[Content, About]:
        """A content, which must not be changed. Raises DataError when it is not here, or not what it was."""
        return _kept(self._folder_of(content), content)

    def contents_of(self, owner: str) -> tuple[str, ...]:
        """The contents somebody brought, the newest first."""
        with suppress(OSError):
            marks = [mark for mark in self._marks_of(owner).iterdir() if (self.folder / mark.name).is_dir()]
            return tuple(mark.name for mark in sorted(marks, key=lambda mark: -mark.stat().st_mtime_ns))
        return ()

    def size_of(self, content: str) -> int:
        """Bytes that a content takes; 0 when it is not here."""
        return _size(self._folder_of(content))

    def used(self, owner: str) -> int:
        """Bytes that somebody's contents take."""
        return sum(_size(self.folder / content) for content in self.contents_of(owner))

    # -- writing

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder to write a new content into; gone when the `with` block ends, and so are those of readings that were killed."""
        self._sweep()
        folder = self.folder / "incoming" / secrets.token_hex(8)
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise DataError(
                f"There is no place for new data here: {error.strerror}. Free some space on the disk, then try again."
            ) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def adopt(self, scratch: Path, owner: str, limits: Limits) -> str:
        """Keep what `write` wrote into a scratch folder. Returns the content's name.

        Raises:
            DataError: it is not whole, or its owner would keep more than may be.
        """
        about, arrays = _bytes_in(scratch, limits.owned)
        content = _hash(about, arrays)
        content_of(about, arrays)
        for extra in set(scratch.iterdir()) - {scratch / ABOUT, scratch / ARRAYS}:
            _remove(extra)
        with _changing:
            self.check_room(owner, 0 if content in self.contents_of(owner) else _size(scratch), limits)
            self._keep(scratch, content, owner)
        return content

    def check_room(self, owner: str, more: int, limits: Limits) -> None:
        """Raises DataError when somebody has no room for `more` bytes."""
        used = self.used(owner)
        if used + more > limits.owned:
            raise DataError(
                f"Your data take {used / MB:,.0f} MB here, and this would add {more / MB:,.0f} MB; "
                f"the limit is {limits.owned / MB:,.0f} MB. Remove some that you no longer need."
            )

    def forget(self, owner: str, content: str) -> None:
        """Remove a content from somebody's; it is deleted when nobody else has it. Raises DataError when there is no such name."""
        folder = self._folder_of(content)
        with _changing:
            (self._marks_of(owner) / content).unlink(missing_ok=True)
            if not any((person / content).exists() for person in (self.folder / "owners").glob("*")):
                _remove(folder)
                _kept.cache_clear()

    def _keep(self, scratch: Path, content: str, owner: str) -> None:
        mark = self._marks_of(owner) / content
        try:
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.touch()
            if not (self.folder / content).exists():
                os.replace(scratch, self.folder / content)
                _flush(self.folder)
        except OSError as error:
            with suppress(OSError):
                mark.unlink()
            raise DataError(f"The data could not be kept: {error.strerror}. Free some space on the disk, then try again.") from None

    def _folder_of(self, content: str) -> Path:
        if not NAME.fullmatch(content):
            raise DataError("There are no data of this name: data are named by 32 letters and digits. Bring the file again.")
        return self.folder / content

    def _marks_of(self, owner: str) -> Path:
        return self.folder / "owners" / hashlib.sha256(owner.encode()).hexdigest()[:32]

    def _sweep(self) -> None:
        for folder in (self.folder / "incoming").glob("*"):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > ABANDONED:
                    _remove(folder)


def write(folder: Path, content: Content, about: About) -> None:
    """Write a content into an empty folder, flushed to the disk. Raises DataError when there is no room."""
    arrays = {name: np.ascontiguousarray(array) for name, array in content.to_arrays().items()}
    try:
        for name, data in ((ABOUT, about.model_dump_json().encode()), (ARRAYS, save(arrays))):
            with open(folder / name, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise DataError(f"What was read could not be written: {error.strerror}. Bring a smaller file, or free some space.") from None


@lru_cache(maxsize=2)
def _kept(folder: Path, content: str) -> tuple[Content, About]:
    try:
        about, arrays = _bytes_in(folder)
    except DataError:
        raise DataError(
            "The data of this experiment are not on this computer: they were brought on another one, or removed. Bring the file again."
        ) from None
    if _hash(about, arrays) != content:
        raise DataError("The data of this experiment are damaged: they are not what was kept. Remove them, and bring the file again.")
    return content_of(about, arrays)


def _bytes_in(folder: Path, most: int = sys.maxsize) -> tuple[bytes, bytes]:
    """What is in the two files of a folder. Raises DataError for what no reading leaves there, and for more than `most` bytes."""
    about, arrays = folder / ABOUT, folder / ARRAYS
    try:
        if about.stat().st_size > LARGEST_ABOUT or about.is_symlink() or arrays.is_symlink():
            raise DataError("What was read is not in the form it should have. Bring another file.")
        if arrays.stat().st_size > most:
            raise DataError(
                f"What was read takes {arrays.stat().st_size / MB:,.0f} MB; the limit is {most / MB:,.0f} MB. Bring a smaller part of it."
            )
        return about.read_bytes(), arrays.read_bytes()
    except OSError as error:
        raise DataError(f"What was read is not there: {error.strerror}. Bring the file again.") from None


def _hash(about: bytes, arrays: bytes) -> str:
    found = hashlib.sha256(len(about).to_bytes(8, "big"))
    found.update(about)
    found.update(arrays)
    return found.hexdigest()[:32]


def content_of(about: bytes, arrays: bytes) -> tuple[Content, About]:
    """What `write` wrote. Raises DataError when it is not in the form it should have."""
    try:
        if int.from_bytes(arrays[:8], "little") > LARGEST_HEADER:
            raise ValueError("header")
        record, values = About.model_validate_json(about), load(arrays)
        found = _READ[record.kind](record, values)
        _check(found, record)
    except (ValidationError, SafetensorError, LookupError, ValueError, TypeError):
        raise DataError("What was read is not in the form it should have. Bring the file again, or another one.") from None
    return found, record


def _sounds(about: About, arrays: Arrays) -> Sounds:
    return Sounds(arrays["samples"], arrays["ends"], arrays["labels"], tuple(name for name, _ in about.classes), about.rate)


_READ = {
    "table": lambda about, arrays: Table.from_arrays(tuple(column.name for column in about.columns), arrays),
    "pictures": lambda about, arrays: Pictures(arrays["pixels"], arrays["labels"], tuple(name for name, _ in about.classes)),
    "sounds": _sounds,
}


def _check(content: Content, about: About) -> None:
    """Raises ValueError for arrays that do not belong together."""
    if len(content) != about.rows or not about.rows:
        raise ValueError("rows")
    if isinstance(content, Table):
        for column in content.columns:
            _check_column(column, about.rows)
        return
    _check_numbers(content.labels, len(content.class_names), 0, about.rows)
    if isinstance(content, Pictures) and (content.pixels.shape, content.pixels.dtype) != (
        (about.rows, 3, about.side, about.side),
        np.uint8,
    ):
        raise ValueError("pixels")
    if isinstance(content, Sounds):
        _check_sounds(content, about.rows)


def _check_sounds(sounds: Sounds, rows: int) -> None:
    if (sounds.samples.dtype, sounds.ends.dtype, sounds.ends.shape) != (np.int16, np.int64, (rows,)) or sounds.rate < 1:
        raise ValueError("samples")
    if (np.diff(sounds.ends, prepend=0) <= 0).any() or sounds.ends[-1] != len(sounds.samples):
        raise ValueError("ends")


def _check_column(column: Column, rows: int) -> None:
    if column.levels is not None:
        _check_numbers(column.values, len(column.levels), -1, rows)
    elif (column.values.dtype, column.values.shape) != (np.float64, (rows,)):
        raise ValueError("column")


def _check_numbers(codes: np.ndarray, count: int, least: int, rows: int) -> None:
    if codes.dtype != np.int32 or codes.shape != (rows,) or codes.min() < least or codes.max() >= count:
        raise ValueError("codes")


def _size(folder: Path) -> int:
    with suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
