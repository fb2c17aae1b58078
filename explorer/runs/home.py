"""Where runs are kept on disk, and what a run is called."""

from __future__ import annotations

import re
import secrets
import string
from pathlib import Path

from explorer.errors import RunError
from explorer.home import default_home as default_home  # where everything else is looked for, too

_RUN_ID = re.compile(r"[a-z0-9]{16}", re.ASCII)
_LETTERS = string.ascii_lowercase + string.digits


def make_home(home: Path) -> None:
    """Create the data directory, readable by its owner only. Raises RunError when that cannot be done."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "runs").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"The data folder {home} cannot be made: {error.strerror}. Set NEURAL_EXPLORER_HOME to a folder you may write to."
        ) from None


def new_run_id() -> str:
    """16 characters nobody can guess (82 bits)."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))


def check_run_id(run_id: object) -> str:
    """The id itself. Raises RunError unless it has the form of one; nothing else ever becomes part of a path."""
    if isinstance(run_id, str) and _RUN_ID.fullmatch(run_id):
        return run_id
    raise RunError("There is no such run: a run is named by 16 letters and digits. Start a new one, or copy the link again, whole.")


def run_folder(home: Path, run_id: str) -> Path:
    """The folder of one run. Raises RunError."""
    return home / "runs" / check_run_id(run_id)


def make_run_folder(home: Path, run_id: str) -> Path:
    """The folder of a new run. Raises RunError when it cannot be made."""
    folder = run_folder(home, run_id)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"The folder of the run cannot be made: {error.strerror}. Free some space on the disk, then try again.") from None
    return folder


def frame_path(home: Path, run_id: str) -> Path:
    """The memory-mapped newest frame of one run. Raises RunError."""
    return run_folder(home, run_id) / "live.frame"
