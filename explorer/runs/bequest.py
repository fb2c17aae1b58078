"""The weights an earlier run leaves to a new one: a file of its own in the new run's folder, whatever becomes of the earlier run.

It stays there as long as the run does: a reset begins with the same weights again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import RunError
from explorer.runs import checkpoints
from explorer.runs.store import CheckpointRow

if TYPE_CHECKING:
    import torch

FILE = "forerunner.safetensors"


@dataclass(frozen=True)
class Bequest:
    """What a run has from an earlier one.

    Attributes:
        of: id of the earlier run.
        folder: of the new run.
        row: the checkpoint left; None when there was none.
        why: why there was none, in words.
    """

    of: str
    folder: Path
    row: CheckpointRow | None = None
    why: str = ""

    @classmethod
    def read(cls, fields: dict[str, Any], folder: Path) -> Bequest:
        """The inverse of `plain`."""
        return cls(fields["of"], folder, CheckpointRow(**fields["row"]) if fields["row"] else None, fields["why"])

    def plain(self) -> dict[str, Any]:
        """As JSON data, for the journal and for the worker."""
        return {"of": self.of, "row": asdict(self.row) if self.row else None, "why": self.why}

    def load(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """The tensors and the plain data of the checkpoint. Raises RunError saying why there are none."""
        if self.row is None:
            raise RunError(self.why)
        try:
            return checkpoints.load(self.folder, self.row)
        except RunError:
            raise RunError("the file of its weights is missing or damaged") from None


def take(of: str, left: Path, folder: Path, rows: Iterable[CheckpointRow] | None) -> Bequest:
    """Put the newest checkpoint of the run `of` into `folder`: as another name of the same file, so that it costs nothing.

    Args:
        of: id of the earlier run.
        left: its folder.
        folder: of the new run.
        rows: the checkpoints of the earlier run, newest first; None when there is no such run.
    """
    for row in rows or ():
        with suppress(OSError):
            link_file(left / row.file, folder / FILE)
            return Bequest(of, folder, CheckpointRow(row.step, FILE, row.sha256))
    return Bequest(of, folder, why="the run before does not exist any more" if rows is None else "the run before had not saved its weights")


def link_file(file: Path, name: Path) -> None:
    """Give a file another name, at no cost where the file system can. Raises OSError."""
    try:
        os.link(file, name)
    except OSError:  # a file system without links
        shutil.copyfile(file, name)
