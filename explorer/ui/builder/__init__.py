"""The editor of networks: a diagram put together by clicking, dragging and keys. Its browser side is the files beside this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from explorer.experiment import LAYERS
from explorer.experiment.network import GROUPS
from explorer.ui import assembly

ASSETS = Path(__file__).parent


@cache
def script() -> str:
    """The whole component as one ES module."""
    return assembly.joined(ASSETS / "index.js")


@cache
def style() -> str:
    """The style sheet of the component."""
    return assembly.styled(ASSETS / "builder.css")


@cache
def entries() -> list[dict[str, str]]:
    """Every layer there is, as the catalogue of the editor shows it, group by group."""
    found = [
        {"kind": kind, "title": layer.title(), "group": layer.group, "summary": layer.summary(), "use": layer.use}
        for kind, layer in LAYERS.items()
    ]
    return sorted(found, key=lambda one: (GROUPS.index(one["group"]), one["title"].lower()))


@cache
def _component() -> Callable[..., Any]:
    import streamlit as st

    return st.components.v2.component("neural_explorer_builder", js=script(), css=style())


def builder(data: Mapping[str, Any], *, key: str, on_edit: Callable[[], None], on_select: Callable[[], None]) -> None:
    """Show the editor where it is called.

    Args:
        data: what `explorer.ui.builder.drawing.drawing` makes of the networks.
        key: of the widget; edits arrive as `st.session_state[key].edit`, selections as `.select`, each inside its callback.
    """
    _component()(data={**data, "entries": entries()}, key=key, on_edit_change=on_edit, on_select_change=on_select)
