"""WAV files, read by what is there and not by what their header says of it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from explorer.errors import DataError
from explorer.ingest.limits import Limits

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
RATES = (1_000, 192_000)
MOST_CHANNELS = 16
MADE_OF = {(PCM, 8): "u1", (PCM, 16): "<i2", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}
LOUDEST = {8: 128.0, 16: 32768.0, 24: 8388608.0, 32: 2147483648.0}


class Recording(NamedTuple):
    """A sound as it was recorded.

    Attributes:
        samples: float32 (n, channels), from -1 to 1.
        rate: samples in a second.
        was_cut: it goes on after what was read.
        lied: the header promised more than there is.
    """

    samples: np.ndarray
    rate: int
    was_cut: bool
    lied: bool


class Form(NamedTuple):
    """How samples are written."""

    code: int
    channels: int
    rate: int
    bits: int


def read_wav(data: bytes, limits: Limits) -> Recording:
    """The sound in a WAV file. Raises DataError when there is none that can be read.

    Source: IBM and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise DataError(f"A recording is {_other(data)}, whatever it is called. Export it as WAV.")
    chunks = dict(_chunks(data))
    if b"fmt " not in chunks or b"data" not in chunks:
        raise DataError("A recording has no sound in it, or was cut short.")
    form = _form(data, *chunks[b"fmt "])
    start, size = chunks[b"data"]
    frame = form.channels * form.bits // 8
    frames, there = int(limits.seconds * form.rate), (len(data) - start) // frame
    promised = size // frame
    used = min(frames, there, promised)
    if used < 1:
        raise DataError("A recording is empty.")
    samples = _samples(data[start : start + used * frame], form).reshape(used, form.channels)
    return Recording(samples, form.rate, min(there, promised) > frames, promised > there)


def _chunks(data: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Name of each part of the file with its start and the size it says it has; the first of a name comes last, and so counts."""
    found, at = [], 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found.append((name, (at + 8, size)))
        at += 8 + size + size % 2
    return reversed(found)


def _form(data: bytes, start: int, size: int) -> Form:
    if size < 16 or start + 16 > len(data):
        raise DataError("A recording was cut short.")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, start)
    if code == EXTENSIBLE and size >= 26 and start + 26 <= len(data):
        code = struct.unpack_from("<H", data, start + 24)[0]
    if (code, bits) not in MADE_OF and (code, bits) != (PCM, 24):
        raise DataError(
            f"A recording is written in a way that is not read here (code {code}, {bits} bits). Export it as WAV (PCM, 16 bits)."
        )
    if not 1 <= channels <= MOST_CHANNELS or not RATES[0] <= rate <= RATES[1]:
        raise DataError(f"A recording says it has {channels} channels and {rate:,} samples in a second. Export it again.")
    return Form(code, channels, rate, bits)


def _samples(data: bytes, form: Form) -> np.ndarray:
    if form.code == FLOAT:
        return np.nan_to_num(np.frombuffer(data, MADE_OF[form.code, form.bits]).astype(np.float32), posinf=1, neginf=-1)
    if form.bits == 24:
        thirds = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
        whole = thirds[:, 0] | thirds[:, 1] << 8 | thirds[:, 2] << 16
        return ((whole ^ 0x800000) - 0x800000).astype(np.float32) / LOUDEST[24]  # the highest bit is the sign
    values = np.frombuffer(data, MADE_OF[form.code, form.bits]).astype(np.float32)
    return (values - 128 if form.bits == 8 else values) / LOUDEST[form.bits]


def _other(data: bytes) -> str:
    if data[:3] == b"ID3" or data[:2] in (b"\xff\xfb", b"\xff\xf3"):
        return "an MP3"
    return "an OGG" if data[:4] == b"OggS" else "no WAV file"
