"""What was collected as one file, and examples as text for the browser."""

from __future__ import annotations

import base64
import binascii
import io
import wave
import zipfile
from collections.abc import Mapping

import numpy as np

from explorer.errors import DataError
from explorer.ingest.about import Notes
from explorer.ingest.formats.pictures import decoded
from explorer.ingest.formats.sounds import RATE
from explorer.ingest.limits import Limits

MADE = (1980, 1, 1, 0, 0, 0)  # of every file: the same examples give the same archive


def packed(files: Mapping[str, bytes]) -> bytes:
    """A ZIP archive. Nothing is compressed: pictures are already, and silence would look like an archive made to fill a computer."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, MADE), data)
    return buffer.getvalue()


def data_url(data: bytes, kind: str) -> str:
    """Bytes as an address that a browser shows or plays; `kind` is "image/png", "audio/wav"."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def bytes_of(text: str) -> bytes:
    """What base64 says. Raises DataError when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DataError("What the browser sent is no picture. Draw or take it again.") from None


def small_picture(data: bytes, starts: bytes, side: int, colour: bool) -> bytes:
    """A picture that came from a browser, decoded and made again as a square PNG.

    Args:
        starts: first bytes it must have: those of the one format that is expected.

    Raises:
        DataError: it is no picture of this format, damaged, or larger than any that is drawn or taken here.
    """
    from PIL import Image

    if not data.startswith(starts):
        raise DataError("What the browser sent is no picture of the kind that is made here. Draw or take it again.")
    pixels = decoded(data, Limits(pixels=1_000_000, side=side), Notes()).transpose(1, 2, 0)  # (side, side, 3)
    picture, buffer = Image.fromarray(pixels), io.BytesIO()
    (picture if colour else picture.convert("L")).save(buffer, "PNG")
    return buffer.getvalue()


def wav_of(samples: np.ndarray) -> bytes:
    """int16 (n,) at `RATE` as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.ascontiguousarray(samples, "<i2").tobytes())
    return buffer.getvalue()
