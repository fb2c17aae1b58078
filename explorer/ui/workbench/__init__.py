"""The live workbench: a training network drawn in the browser from the frames of its run.

The component is plain ES modules and one style sheet beside this file. Streamlit can only serve files of a component from an
installed distribution whose name is the package's own, and inline code cannot import its neighbours; so the modules are joined
here into one text, once per process. Nothing is translated: what runs in the browser is what is written in the files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent
ENTRY = "index.js"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def module_order(entry: str = ENTRY) -> list[str]:
    """File names of `entry` and everything it imports, each after all that it imports itself."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        for other in _IMPORT.findall((ASSETS / name).read_text(encoding="utf-8")):
            visit(other)
        order.append(name)

    visit(entry)
    return order


@cache
def script() -> str:
    """The whole component as one ES module; its default export is what Streamlit calls."""
    parts = []
    for name in module_order():
        source = (ASSETS / name).read_text(encoding="utf-8")
        parts.append(f"// {name}\n" + _EXPORT.sub("", _IMPORT.sub("", source)))
    return "\n".join(parts)


@cache
def style() -> str:
    """The style sheet of the component."""
    return (ASSETS / "workbench.css").read_text(encoding="utf-8")


@cache
def _component() -> Callable[..., Any]:
    import streamlit as st

    return st.components.v2.component("neural_explorer_workbench", js=script(), css=style())


def workbench_data(
    run_id: str,
    *,
    page: Mapping[str, Any] | None = None,
    activations: Sequence[tuple[str, str]] = (),
    palette: str = "blue and orange",
    readonly: bool = False,
) -> dict[str, Any]:
    """What the component is told; it changes only with the run and the page, so a rerun of the page sends nothing new."""
    return {
        "run": run_id,
        "socket": f"nx/runs/{run_id}/live",
        "page": dict(page or {}),
        "activations": [list(pair) for pair in activations],
        "palette": palette,
        "readonly": readonly,
    }


def workbench(
    run_id: str,
    *,
    key: str,
    on_edit: Callable[[], None] | None = None,
    on_gone: Callable[[], None] | None = None,
    **options: Any,
) -> Any:
    """Show the run live, where it is called.

    `options`: those of `workbench_data`. `page` may hold `pad` (offer the drawing pad for images), `edit` (False: the network
    cannot be changed) and `paint` (False: no painting). What the user changes in the picture arrives as
    `st.session_state[key].edit` inside `on_edit`: a dictionary with `action` and what belongs to it; `on_gone` is called when
    the server does not know the run.
    """
    return _component()(
        data=workbench_data(run_id, **options),
        key=key,
        on_edit_change=on_edit or _ignore,
        on_gone_change=on_gone or _ignore,
    )


def _ignore() -> None:
    """For pages that do not listen: a trigger has to have a callback to exist."""
