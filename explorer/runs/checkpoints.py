"""Checkpoint files: written whole or not at all, by a thread, so that training never waits for the disk."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import RunError
from explorer.runs.store import CheckpointRow

if TYPE_CHECKING:
    import torch

Tensors = Mapping[str, "torch.Tensor"]
_TYPES = {  # what a type is called in a file
    **{f"torch.float{bits}": f"F{bits}" for bits in (16, 32, 64)},
    **{f"torch.int{bits}": f"I{bits}" for bits in (8, 16, 32, 64)},
    **{"torch.bfloat16": "BF16", "torch.uint8": "U8", "torch.bool": "BOOL"},
}


def save(folder: Path, step: int, tensors: Tensors, meta: Mapping[str, Any]) -> CheckpointRow:
    """Write `checkpoint-<step>-<hash>.safetensors`: temporary file, fsync, rename, fsync of the folder.

    The hash in the name keeps two checkpoints of one step apart: a weight may be edited between two steps.

    Args:
        tensors: name -> tensor; none may share memory with another.
        meta: plain JSON data, kept in the header of the same file.

    Raises:
        OSError: the disk is full; earlier checkpoints are still there.
    """
    data = to_bytes(tensors, meta)
    digest = hashlib.sha256(data).hexdigest()
    name = f"checkpoint-{step}-{digest[:8]}.safetensors"
    write_atomically(folder / name, data)
    return CheckpointRow(step, name, digest)


def load(folder: Path, row: CheckpointRow) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the plain data of a checkpoint. Raises RunError when the file is not the one that was written."""
    path = folder / row.file
    try:
        data = path.read_bytes()
    except OSError:
        raise RunError(f"The checkpoint of step {row.step} is missing.") from None
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise RunError(f"The checkpoint of step {row.step} is damaged.")
    return from_bytes(data)


def to_bytes(tensors: Tensors, meta: Mapping[str, Any]) -> bytes:
    """Tensors and plain JSON data as the bytes of one safetensors file; the data lie in its header."""
    return b"".join(pieces(tensors, meta))


def pieces(tensors: Tensors, meta: Mapping[str, Any]) -> list[bytes | memoryview]:
    """The same bytes, in few pieces: the header, then all tensors of each type in one, the widest type first so that all lie aligned.

    Laid out here: the library's own writer looks at every tensor by itself in Python, which holds training up for ten times as long.
    Source: https://huggingface.co/docs/safetensors/index#format
    """
    types = sorted({tensor.dtype for tensor in tensors.values()}, key=lambda one: (-one.itemsize, str(one)))
    header: dict[str, Any] = {"__metadata__": {"meta": json.dumps(meta)}}
    data, end = [], 0
    for one in types:
        alike = {name: tensor for name, tensor in tensors.items() if tensor.dtype == one}
        for name, tensor in alike.items():
            start, end = end, end + tensor.nbytes
            header[name] = {"dtype": _TYPES[str(one)], "shape": list(tensor.shape), "data_offsets": [start, end]}
        data.append(_joined(list(alike.values())))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return [len(text).to_bytes(8, "little") + text, *data]


def _joined(tensors: list[torch.Tensor]) -> memoryview:
    """The bytes of tensors of one type, one after the other."""
    import torch

    return torch.cat([tensor.reshape(-1) for tensor in tensors]).cpu().view(torch.uint8).numpy().data


def from_bytes(data: bytes) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The inverse of `to_bytes`."""
    from safetensors.torch import load

    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    return load(data), json.loads(header["__metadata__"]["meta"])


def write_atomically(path: Path, data: bytes) -> None:
    """Make `data` the content of `path`: whoever reads, and whatever is killed, sees all of it or what was there before."""
    temporary = path.with_name(f"{path.name}.tmp{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` safe from a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Saver:
    """Writes one checkpoint at a time in a thread of its own.

    Args:
        folder: the folder of the run.
        saved: called from that thread with every checkpoint that is safe on disk.
    """

    def __init__(self, folder: Path, saved: Callable[[CheckpointRow], None]) -> None:
        self._folder = folder
        self._saved = saved
        self._thread: threading.Thread | None = None
        self._problem = ""

    @property
    def is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def take_problem(self) -> str:
        """Why the last checkpoint could not be written, once; "" when it could."""
        problem, self._problem = self._problem, ""
        return problem

    def save(self, step: int, tensors: Tensors, meta: Mapping[str, Any]) -> None:
        """Begin to write; waits for the one before. The tensors must be copies nobody else changes."""
        self.wait()
        self._thread = threading.Thread(target=self._write, args=(step, tensors, meta), name="checkpoint")
        self._thread.start()

    def wait(self) -> None:
        """Return when nothing is being written."""
        if self._thread is not None:
            self._thread.join()

    def _write(self, step: int, tensors: Tensors, meta: Mapping[str, Any]) -> None:
        try:
            self._saved(save(self._folder, step, tensors, meta))
        except OSError as error:
            self._problem = f"step {step} could not be saved: {error.strerror}. Free some space on the disk, then play on"
