"""Where everything of the explorer is kept on disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def default_home() -> Path:
    """`NEURAL_EXPLORER_HOME`, or the folder this operating system keeps a user's data in."""
    chosen = os.environ.get("NEURAL_EXPLORER_HOME")
    return Path(chosen).expanduser().resolve() if chosen else _user_data() / "neural-explorer"


def _user_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
