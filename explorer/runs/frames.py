"""The newest live frame of a run: a memory-mapped file that one process writes and any number read.

Layout: eight 8-byte numbers (magic, number of the frame being written, number of the newest whole frame, bytes per
slot, size and checksum of slot 0, of slot 1), then two slots. Frame n lies in slot n % 2, so the newest whole frame
stays in place while the next one is written; a reader that was overtaken twice sees it by the counters and by the
checksum, and reads again. It never sees half a frame.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from pathlib import Path
from typing import Any

_MAGIC = int.from_bytes(b"NXFRAME1", "little")
_HEAD = 64  # bytes
_WRITING, _NEWEST, _CAPACITY, _SLOTS = 1, 2, 3, 4  # places of the numbers in the head
_TRIES = 50


class _Mapping:
    """One mapped file and its head as numbers; 8-byte stores, so that a number is never seen half written."""

    def __init__(self, file: int, *, write: bool) -> None:
        status = os.fstat(file)
        self.inode = (status.st_dev, status.st_ino)
        self.bytes = mmap.mmap(file, status.st_size, access=mmap.ACCESS_WRITE if write else mmap.ACCESS_READ)
        self._view = memoryview(self.bytes)
        self.head = self._view[:_HEAD].cast("Q")

    @property
    def is_whole(self) -> bool:
        return self.head[0] == _MAGIC and len(self.bytes) == _HEAD + 2 * self.head[_CAPACITY]

    def close(self) -> None:
        self.head.release()
        self._view.release()
        self.bytes.close()


class FrameWriter:
    """Writes frames; goes on where an earlier writer of the same file stopped.

    Args:
        path: the file, created when missing.
        capacity: bytes of the largest frame expected; the file is made anew when a larger one comes.
    """

    def __init__(self, path: Path, capacity: int = 1 << 17) -> None:
        self._path = path
        found = _open_whole(path, write=True)
        self._map = found or self._new_file(capacity, sequence=0)
        if found is None:
            os.replace(self._temporary, path)

    @property
    def sequence(self) -> int:
        """Number of the newest frame; 0 when there is none yet."""
        return self._map.head[_NEWEST]

    def write(self, data: bytes) -> int:
        """Make `data` the newest frame. Returns its number."""
        number = self.sequence + 1
        if len(data) <= self._map.head[_CAPACITY]:
            self._put(number, data)
        else:
            old, self._map = self._map, self._new_file(2 * len(data), self.sequence)
            self._put(number, data)  # before it takes the old one's place: nobody sees a file without a frame
            os.replace(self._temporary, self._path)
            old.close()
        return number

    def close(self) -> None:
        """Let go of the file; it stays."""
        self._map.close()

    def _put(self, number: int, data: bytes) -> None:
        head, slot = self._map.head, number % 2
        start = _HEAD + slot * head[_CAPACITY]
        head[_WRITING] = number
        self._map.bytes[start : start + len(data)] = data
        head[_SLOTS + 2 * slot] = len(data)
        head[_SLOTS + 2 * slot + 1] = zlib.crc32(data)
        head[_NEWEST] = number

    @property
    def _temporary(self) -> Path:
        return self._path.with_name(self._path.name + ".tmp")

    def _new_file(self, capacity: int, sequence: int) -> _Mapping:
        capacity += -capacity % 4096
        with open(self._temporary, "w+b") as file:
            file.truncate(_HEAD + 2 * capacity)
            mapping = _Mapping(file.fileno(), write=True)
        mapping.head[_WRITING] = mapping.head[_NEWEST] = sequence
        mapping.head[_CAPACITY] = capacity
        mapping.head[0] = _MAGIC
        return mapping


class FrameReader:
    """Reads the newest frame of a file that may not exist yet, may grow, and may go away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._map: _Mapping | None = None

    def sequence(self) -> int:
        """Number of the newest frame, 0 when there is none: cheap enough to ask a hundred times a second."""
        mapping = self._follow()
        return mapping.head[_NEWEST] if mapping else 0

    def read(self) -> bytes | None:
        """The newest frame, whole, or None when there is none."""
        for _ in range(_TRIES):
            mapping = self._follow()
            if mapping is None or not mapping.head[_NEWEST]:
                return None
            data = _whole_frame(mapping)
            if data is not None:
                return data
        return None

    def close(self) -> None:
        """Let go of the file."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _follow(self) -> _Mapping | None:
        """The mapping of the file that has this name now."""
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            self.close()
            return None
        if self._map is None or self._map.inode != (status.st_dev, status.st_ino):
            self.close()
            self._map = _open_whole(self._path, write=False)
        return self._map


def restated(data: bytes, **fields: Any) -> bytes:
    """The same frame with some fields of its head replaced, e.g. the state of a run whose worker is gone."""
    (length,) = struct.unpack_from("<I", data)
    head = {**json.loads(data[4 : 4 + length]), **fields}
    text = json.dumps(head, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return struct.pack("<I", len(text)) + text + data[4 + length :]


def _open_whole(path: Path, *, write: bool) -> _Mapping | None:
    """The mapped file, or None when it is missing or is not a frame file."""
    try:
        with open(path, "r+b" if write else "rb") as file:
            mapping = _Mapping(file.fileno(), write=write)
    except (FileNotFoundError, ValueError, TypeError):  # missing, empty, or shorter than a head
        return None
    if mapping.is_whole:
        return mapping
    mapping.close()
    return None


def _whole_frame(mapping: _Mapping) -> bytes | None:
    """A copy of the newest frame, or None when the writer came by while it was copied."""
    head = mapping.head
    number = head[_NEWEST]
    slot = number % 2
    size, checksum = head[_SLOTS + 2 * slot], head[_SLOTS + 2 * slot + 1]
    start = _HEAD + slot * head[_CAPACITY]
    data = mapping.bytes[start : start + size]
    if head[_WRITING] > number + 1 or zlib.crc32(data) != checksum:
        return None
    return data
