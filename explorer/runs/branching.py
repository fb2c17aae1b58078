"""A run that goes on from a recorded step of another: it has the same past, and a future of its own.

Decided: the branch gets the snapshot as its first checkpoint, and the film up to there under names of its own.
Because: it then goes on bit for bit as the other did, until something is changed, whatever becomes of the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.results.history import History
from explorer.runs import film
from explorer.runs.bequest import link_file
from explorer.runs.checkpoints import write_atomically
from explorer.runs.film import Shot
from explorer.runs.store import CheckpointRow

Curve = Sequence[tuple[int, dict[str, float | None]]]


def take(left: Path, shot: Shot, folder: Path, curve: Curve) -> tuple[CheckpointRow, str]:
    """Put a snapshot of one run into the folder of another, as its checkpoint.

    Args:
        left: the folder of the run that is branched off.
        shot: where.
        folder: of the branch.
        curve: metrics of the run up to there, by step.

    Returns:
        The checkpoint, and the experiment as it was there, as JSON.

    Raises:
        RunError: the snapshot is missing or damaged; OSError: the disk does not take it.
    """
    data, experiment = with_curve(film.read(left, shot), curve)
    digest = hashlib.sha256(data).hexdigest()
    row = CheckpointRow(shot.step, f"checkpoint-{shot.step}-{digest[:8]}.safetensors", digest)
    write_atomically(folder / row.file, data)
    _take_film(left, shot.step, folder)
    return row, experiment


def with_curve(data: bytes, curve: Curve) -> tuple[bytes, str]:
    """The same checkpoint with this curve in its plain data, and its experiment; the tensors are not touched."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    meta: dict[str, Any] = json.loads(header["__metadata__"]["meta"])
    history = History()
    for step, metrics in curve:
        history.add(step, {name: value for name, value in metrics.items() if value is not None})
    meta["history"] = history.state()
    header["__metadata__"]["meta"] = json.dumps(meta)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format wants the tensors to begin at a multiple of 8 bytes
    return len(text).to_bytes(8, "little") + text + data[8 + length :], meta["experiment"]


def _take_film(left: Path, step: int, folder: Path) -> None:
    (folder / film.FOLDER).mkdir(exist_ok=True)
    for shot in film.shots(left):
        if shot.step <= step:
            link_file(left / film.FOLDER / shot.name, folder / film.FOLDER / shot.name)
