"""The browser side of collecting: a pad to draw on, a camera, and the gallery of what there is. Their files lie beside this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.ui import assembly
from explorer.ui.collecting.collection import Group
from explorer.ui.collecting.desk import Desk

ASSETS = Path(__file__).parent
DRAWING, CAMERA, GALLERY = "pad", "camera", "gallery"


@cache
def script(name: str) -> str:
    """A component as one ES module."""
    return assembly.joined(ASSETS / f"{name}.js")


@cache
def style() -> str:
    """The style sheet of all of them."""
    return assembly.styled(ASSETS / "collecting.css")


@cache
def _component(name: str) -> Callable[..., Any]:
    return st.components.v2.component(f"neural_explorer_{name}", js=script(name), css=style())


def device(name: str, desk: Desk, decode: Callable[[str], bytes], settings: Mapping[str, Any]) -> None:
    """Draw what records examples into the chosen class.

    Args:
        decode: one item of its message -> the bytes that are kept; raises DataError for one that is none.
    """
    chosen, key = desk.collection.chosen, desk.widget_key(name)

    def heard() -> None:
        desk.receive(st.session_state[key].get("examples"), decode)

    data = {**settings, "into": chosen.number, "name": chosen.name, "heard": desk.state.heard.get(desk.state.kind, 0)}
    _component(name)(data=data, key=key, on_examples_change=heard)


def gallery(desk: Desk, group: Group, noun: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Show examples, each with a button that removes it.

    Args:
        items: of each what to show, its `number`, and `place`, the number by which it is called.
    """
    key = desk.widget_key("gallery", group.number)
    data = {"items": list(items), "noun": noun, "name": group.name}
    _component(GALLERY)(data=data, key=key, on_remove_change=partial(_removed, desk, key))


def _removed(desk: Desk, key: str) -> None:
    number = (st.session_state[key].get("remove") or {}).get("number")
    if isinstance(number, int):
        desk.act(lambda collection: collection.without(number))
