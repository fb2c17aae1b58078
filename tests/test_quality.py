"""The code as the tools see it: lint, format, types, and who imports whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def output_of(*command: str) -> str:
    """Empty if the command succeeded, else what it printed."""
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=600)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        pytest.param(("ty", "check", "explorer", "pages", "app.py"), marks=pytest.mark.slow),
        ("lint-imports",),
    ],
    ids=["lint", "format", "types", "imports go down only"],
)
def test_the_tools_find_nothing(command):
    assert output_of(*command) == ""
