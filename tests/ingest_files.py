"""Files as people bring them, and as they should not be, made in memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.ingest import About, Content, Limits, Store, read
from explorer.ingest.store import write


def read_bytes(data: bytes, name: str = "file.csv", **limits: float) -> tuple[Content, About]:
    """What the door makes of these bytes."""
    return read(name, io.BytesIO(data), Limits.model_validate(limits))


def csv_of(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def zip_of(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def zip_that_lies(name: str, promised: int, real: int) -> bytes:
    """An archive of one file of zeros, which says it becomes `promised` bytes and becomes `real` ones."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body, called = packer.compress(b"\0" * real) + packer.flush(), name.encode()
    sizes = struct.pack("<IIIHH", zlib.crc32(b"\0" * promised), len(body), promised, len(called), 0)
    local = struct.pack("<4sHHHHH", b"PK\3\4", 20, 0, 8, 0, 0) + sizes + called + body
    listed = struct.pack("<4sHHHHHH", b"PK\1\2", 20, 20, 0, 8, 0, 0) + sizes + struct.pack("<HHHII", 0, 0, 0, 0, 0) + called
    return local + listed + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(listed), len(local), 0)


def workbook(*rows: tuple) -> bytes:
    """An Excel workbook with one sheet."""
    import openpyxl

    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


def parquet(columns: object) -> bytes:
    """A Parquet file of columns by name, or of an Arrow table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file that says it is so large and holds next to nothing."""
    whole = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        *chunks,
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    )
    written = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in whole]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def picture(colour: tuple[int, int, int] = (255, 0, 0), size: tuple[int, int] = (20, 10), form: str = "PNG", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(buffer, form)
    return buffer.getvalue()


def wav(samples: np.ndarray, rate: int = 16_000, code: int = 1, promised: int | None = None) -> bytes:
    """A WAV file of samples (n,) or (n, channels), of the type they have.

    Args:
        promised: bytes of sound that the header tells of.
    """
    data = samples.tobytes()
    channels, bits = (samples.shape[1] if samples.ndim == 2 else 1), 8 * samples.dtype.itemsize
    size = len(data) if promised is None else promised
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, code, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE" + form + struct.pack("<4sI", b"data", size) + data


def tone(hertz: float, seconds: float = 0.5, rate: int = 16_000) -> np.ndarray:
    return (20_000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype("<i2")


def kept(home: Path, content: Content, about: About, owner: str = "somebody") -> str:
    """The name under which a content is kept in a store."""
    store = Store(home)
    with store.scratch() as folder:
        write(folder, content, about)
        return store.adopt(folder, owner, Limits())
