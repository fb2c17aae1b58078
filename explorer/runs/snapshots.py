"""Frames kept on disk, so that one can look back at any moment of a run: at most 64, spread over all of it."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

KEPT = 64


def save(folder: Path, step: int, frame: bytes) -> None:
    """Keep `frame` as what the run looked like at `step`, and drop one where they lie closest."""
    folder.mkdir(exist_ok=True)
    temporary = folder / f"{step}.tmp"
    temporary.write_bytes(zlib.compress(frame, 1))
    os.replace(temporary, _path(folder, step))
    kept = steps(folder)
    if len(kept) > KEPT:
        _path(folder, _most_crowded(kept)).unlink(missing_ok=True)


def steps(folder: Path) -> list[int]:
    """The steps there is a snapshot of, in order."""
    return sorted(int(path.stem) for path in folder.glob("*.frame") if path.stem.isdigit())


def read(folder: Path, step: int) -> bytes | None:
    """The frame kept at `step`; None when there is none or it is damaged."""
    try:
        return zlib.decompress(_path(folder, step).read_bytes())
    except (FileNotFoundError, zlib.error):
        return None


def drop_after(folder: Path, step: int) -> None:
    """Forget what lies beyond `step`: the run goes on from there and will look different."""
    for later in steps(folder):
        if later > step:
            _path(folder, later).unlink(missing_ok=True)


def _path(folder: Path, step: int) -> Path:
    return folder / f"{step}.frame"


def _most_crowded(kept: list[int]) -> int:
    """The step, neither first nor last, whose neighbours are closest to each other."""
    return min(zip(kept, kept[1:], kept[2:], strict=False), key=lambda three: three[2] - three[0])[1]
