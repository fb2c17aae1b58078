"""The film of a run: everything it was made of at many of its steps, so that one can go back to any of them.

Decided: a snapshot is a whole checkpoint, in a file of its own whose name holds its step and its checksum.
Because: activations, gradients, updates and predictions of that step then follow from it exactly, whatever is asked
later, and training can branch off there bit for bit; a damaged file costs one step; leaving one out is removing it.
Instead of: keeping the pictures, which answer only what was asked when they were made.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import RunError
from explorer.results.history import History
from explorer.runs.checkpoints import from_bytes, pieces

if TYPE_CHECKING:
    import torch

FOLDER, BOUND = "film", "bound"
ALLOWED = 64 << 20  # bytes of snapshots, unless somebody asks for more
NEWEST = -1  # a step that stands for the newest there is
MOST = 1000  # snapshots of a run
EVEN = 100  # steps at the beginning that lie one apart; later snapshots lie a hundredth of the run apart
_NAME = re.compile(r"(\d{1,12})-([0-9a-f]{8})\.shot", re.ASCII)


@dataclass(frozen=True)
class Shot:
    """One snapshot.

    Attributes:
        print: checksum of its file: two snapshots of one step are told apart by it.
    """

    step: int
    print: str
    bytes: int = 0

    @property
    def name(self) -> str:
        return f"{self.step}-{self.print}.shot"


def shots(run: Path) -> list[Shot]:
    """The snapshots in the folder of a run, by step; one each, the newest where a step was recorded twice."""
    found: dict[int, tuple[int, Shot]] = {}
    with suppress(FileNotFoundError), os.scandir(run / FOLDER) as entries:
        for entry in entries:
            if match := _NAME.fullmatch(entry.name):
                with suppress(FileNotFoundError):  # it was removed meanwhile
                    status, step = entry.stat(), int(match[1])
                    if step not in found or found[step][0] < status.st_mtime_ns:
                        found[step] = (status.st_mtime_ns, Shot(step, match[2], status.st_size))
    return [found[step][1] for step in sorted(found)]


def closest(run: Path, step: int) -> Shot:
    """The snapshot of a step, or the one closest to it; the newest for NEWEST. Raises RunError when there is none."""
    found = shots(run)
    if not found:
        raise RunError("Nothing of this run has been recorded yet. Press Play or Step, then look again.")
    return found[-1] if step == NEWEST else min(found, key=lambda shot: abs(shot.step - step))


def read(run: Path, shot: Shot) -> bytes:
    """The bytes of a snapshot's file, which are those of a checkpoint. Raises RunError when it is not what was written."""
    try:
        data = (run / FOLDER / shot.name).read_bytes()
    except OSError:
        raise RunError(f"The snapshot of step {shot.step} is missing. Choose a step beside it.") from None
    if _checksum([data]) != shot.print:
        raise RunError(f"The snapshot of step {shot.step} is damaged. Choose a step beside it.")
    return data


def load(run: Path, shot: Shot) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the plain data of a snapshot: those of the checkpoint of its step, with an empty curve. Raises RunError."""
    return from_bytes(read(run, shot))


class Film:
    """Writes the snapshots of one run, and leaves some out again where they lie closest.

    Args:
        run: the folder of the run.

    One thread may write while others ask how much there is.

    Attributes:
        allowed: bytes that all snapshots together may take.
        bytes: that they take now.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        try:
            self.allowed = int((run / FOLDER / BOUND).read_text())
        except (OSError, ValueError):
            self.allowed = ALLOWED
        self._shots = {shot.step: shot for shot in shots(run)}
        self.bytes = sum(shot.bytes for shot in self._shots.values())

    @property
    def count(self) -> int:
        return len(self._shots)

    def keep(self, step: int, tensors: Mapping[str, torch.Tensor], meta: Mapping[str, Any]) -> None:
        """Record a moment. Not forced onto the disk at once: after a power cut some of the newest may be missing.

        Raises:
            OSError: the disk does not take it; what was recorded before is still there.
        """
        data = pieces(tensors, {**meta, "history": History().state()})
        shot = Shot(step, _checksum(data), sum(map(len, data)))
        _write(self._run / FOLDER / shot.name, data)
        before = self._shots.get(step)
        self._shots[step] = shot
        self.bytes += shot.bytes
        if before:
            self._remove(before, unlink=before != shot)
        self.fit()

    def bound(self, allowed: int) -> None:
        """Let the snapshots take this many bytes from now on, also after a restart. Raises RunError when that cannot be kept."""
        try:
            _write(self._run / FOLDER / BOUND, [str(allowed).encode()])
        except OSError as error:
            raise RunError(f"The room for recorded steps cannot be changed: {error.strerror}. Free some space on the disk.") from None
        self.allowed = allowed
        self.fit()

    def fit(self) -> None:
        """Leave out snapshots until the rest is within its bounds. The first and the newest stay."""
        while self.count > 2 and (self.count > MOST or self.bytes > self.allowed):
            self._remove(self._shots.pop(most_crowded(sorted(self._shots))))

    def forget_after(self, step: int) -> None:
        """Remove what lies beyond `step`: the run goes on from there and will be another."""
        for later in [one for one in self._shots if one > step]:
            self._remove(self._shots.pop(later))

    def _remove(self, shot: Shot, unlink: bool = True) -> None:
        self.bytes -= shot.bytes
        if unlink:
            with suppress(OSError):
                (self._run / FOLDER / shot.name).unlink(missing_ok=True)


def next_due(step: int) -> int:
    """The step after `step` that is worth a snapshot: dense at the beginning, then ever further apart."""
    return step + max(step // EVEN, 1)


def most_crowded(steps: list[int]) -> int:
    """The step, neither first nor last, that is missed least: where neighbours are close for that part of the run."""
    return min(zip(steps, steps[1:], steps[2:], strict=False), key=lambda three: (three[2] - three[0]) / (three[1] + EVEN))[1]


def _checksum(data: Sequence[bytes | memoryview]) -> str:
    return f"{reduce(lambda so_far, piece: zlib.crc32(piece, so_far), data, 0):08x}"


def _write(path: Path, data: Sequence[bytes | memoryview]) -> None:
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.writelines(data)
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
