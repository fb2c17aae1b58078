"""The bytes of one live picture: a JSON head and the arrays it names.

Layout: uint32 little-endian length of the head, the head (UTF-8 JSON, padded with spaces to a multiple of 8),
then every array, C-contiguous little-endian, each starting at a multiple of 8 bytes after the head.
`head["arrays"]` maps a name to `[dtype, shape, offset, bytes]`, offset counted from the end of the head.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np


def pack(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Bytes of a frame. Numbers of `head` must be finite: JSON has no NaN, so send None instead."""
    table: dict[str, list[Any]] = {}
    chunks: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array).tobytes()
        table[name] = [_name(array.dtype), list(array.shape), offset, len(data)]
        chunks += [data, bytes(-len(data) % 8)]
        offset += len(data) + (-len(data) % 8)
    text = json.dumps({**head, "arrays": table}, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *chunks])


@cache
def _name(dtype: np.dtype) -> str:
    """What NumPy calls a type; it takes its time over the name."""
    return dtype.name


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The head (without "arrays") and the arrays of a frame made by `pack`."""
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    base = 4 + length
    arrays = {
        name: np.frombuffer(data, dtype, count=size // np.dtype(dtype).itemsize, offset=base + offset).reshape(shape)
        for name, (dtype, shape, offset, size) in head.pop("arrays").items()
    }
    return head, arrays
