"""Sentences typed in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

import streamlit as st

from explorer.errors import DataError
from explorer.ui.collecting.collection import Collection, Example
from explorer.ui.collecting.desk import Desk
from explorer.ui.collecting.kind import KINDS, Kind
from explorer.ui.collecting.packing import packed
from explorer.ui.words import plain

LONGEST = 500  # characters


@KINDS.register("sentences")
class Sentences(Kind):
    """A line is an example."""

    title: ClassVar[str] = "Sentences"
    icon: ClassVar[str] = ":material/keyboard:"
    noun: ClassVar[str] = "sentence"
    rank: ClassVar[int] = 3
    shown: ClassVar[int] = 8
    ending: ClassVar[str] = ".txt"
    help: ClassVar[str] = "Sentences typed or pasted in, one on each line."

    def record(self, desk: Desk) -> None:
        key, name = desk.widget_key("typed"), plain(desk.collection.chosen.name)
        with st.form(desk.widget_key("form"), border=False):
            words = f"Each line becomes one example, of up to {LONGEST} characters. Ctrl+Enter adds them."
            st.text_area(f"Type into “{name}”", key=key, height=170, placeholder="One sentence on each line", help=words)
            st.form_submit_button(f"Add to “{name}”", icon=":material/add:", type="primary", on_click=_typed, args=(desk, key))

    def item(self, example: Example) -> Mapping[str, Any]:
        return {"text": example.data.decode()}

    def pack(self, collection: Collection) -> bytes:
        """One file per class, called as it, with a sentence on each line."""
        filled = [group for group in collection.groups if group.examples]
        return packed({f"{group.name}.txt": b"\n".join(example.data for example in group.examples) for group in filled})


def _typed(desk: Desk, key: str) -> None:
    try:
        desk.add(lines(st.session_state[key]), desk.collection.into)
    except DataError as error:
        return desk.say(error)
    if not desk.state.problem:
        st.session_state[key] = ""


def lines(text: str) -> list[bytes]:
    """The sentences of a text. Raises DataError when there are none, or one that is too long."""
    found = [plain for line in text.splitlines() if (plain := _plain(line))]
    if not found:
        raise DataError("There is no sentence to add. Type one, or several on lines of their own.")
    longest = max(found, key=len)
    if len(longest) > LONGEST:
        raise DataError(f"A sentence has {len(longest):,} characters; the limit is {LONGEST}. Cut it: “{longest[:30]}…”.")
    return [line.encode() for line in found]


def _plain(line: str) -> str:
    """Without what is no character of a text: it would have the whole file refused."""
    return " ".join("".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in line).split())
