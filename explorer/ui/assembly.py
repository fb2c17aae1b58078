"""Browser components are plain ES modules; here they are joined into one text, once per process.

Decided: nothing is translated: what runs in the browser is what is written in the files.
Because: Streamlit can only serve the files of a component from an installed distribution whose name is the package's own, and
    inline code cannot import its neighbours.
"""

from __future__ import annotations

import re
from pathlib import Path

SHARED = Path(__file__).parent / "shared.css"
_IMPORT = re.compile(r'^import (?:\{[^}]*\}|\w+) from "(\.\.?/[\w/-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def module_order(entry: Path) -> list[Path]:
    """`entry` and every file it imports, each after all that it imports itself."""
    order: list[Path] = []

    def visit(path: Path) -> None:
        if path in order:
            return
        for other in _IMPORT.findall(path.read_text(encoding="utf-8")):
            visit((path.parent / other).resolve())
        order.append(path)

    visit(entry.resolve())
    return order


def styled(sheet: Path) -> str:
    """A component's style sheet, behind what all of them share."""
    return SHARED.read_text(encoding="utf-8") + sheet.read_text(encoding="utf-8")


def joined(entry: Path) -> str:
    """A component as one ES module; its default export is what Streamlit calls. A default import keeps the name it was exported by."""
    parts = []
    for path in module_order(entry):
        source = path.read_text(encoding="utf-8")
        parts.append(f"// {path.name}\n" + _EXPORT.sub("", _IMPORT.sub("", source)))
    return "\n".join(parts)
