"""The desk somebody collects at: what this tab has collected so far, and every change that can be made to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from explorer.errors import DataError
from explorer.ui.collecting.collection import Collection, remembered

MOST_AT_ONCE = 32  # examples in one message of a component
LONGEST_MESSAGE = 400_000  # characters of one example: a small picture has a few thousand


@dataclass
class Collected:
    """What one form of one tab remembers.

    Attributes:
        kind: what is collected now.
        collections: what was collected of each kind.
        past: of each kind, what undo brings back, the newest last.
        problem: a sentence about the last change, when it could not be made.
        said: a sentence about the last change, when there is something to say of it.
        heard: number of the last message of each component: one that is sent twice counts once.
        turn: how often the recorder was emptied.
        places: of each class, how many of its newest examples are skipped when they are shown.
    """

    kind: str
    collections: dict[str, Collection] = field(default_factory=dict)
    past: dict[str, list[Collection]] = field(default_factory=dict)
    problem: str = ""
    said: str = ""
    heard: dict[str, float] = field(default_factory=dict)
    turn: int = 0
    places: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """One form on a page. `key` is the first part of every widget key."""

    key: str
    state: Collected

    @property
    def collection(self) -> Collection:
        """What there is of the kind that is collected now."""
        return self.state.collections.setdefault(self.state.kind, Collection())

    @property
    def past(self) -> list[Collection]:
        return self.state.past.setdefault(self.state.kind, [])

    def widget_key(self, *parts: object) -> str:
        return ".".join(map(str, (self.key, self.state.kind, *parts)))

    def act(self, change: Callable[[Collection], Collection]) -> bool:
        """Make a change that can be undone. One that cannot be made is explained, everything stays as it was, and False is returned."""
        before, self.state.problem, self.state.said = self.collection, "", ""
        try:
            after = change(before)
        except DataError as error:
            self.state.problem = str(error)
            return False
        self.state.collections[self.state.kind] = after
        if after.groups != before.groups:
            self.state.past[self.state.kind] = remembered([*self.past, before], after)
        return True

    def add(self, examples: Sequence[bytes], into: int) -> None:
        """Add examples to a class; when there is not room for all, that is said."""
        before = len(self.collection)
        if self.act(lambda collection: collection.added(examples, into)):
            left_out = len(examples) - (len(self.collection) - before)
            self.state.said = f"{left_out} were left out: there is no room for more. Remove some, or bring these in." if left_out else ""

    def receive(self, message: Any, decode: Callable[[str], bytes]) -> None:
        """Add what a component sends: {"at": number of the message, "into": class, "items": one text per example}."""
        at = message.get("at") if isinstance(message, Mapping) else None
        if at is not None and at == self.state.heard.get(self.state.kind):
            return
        try:
            if isinstance(at, int | float):
                self.state.heard[self.state.kind] = at  # what cannot be used is not sent again, either
            into, items = opened(message)
            self.add([decode(item) for item in items], into)
        except DataError as error:
            self.say(error)

    def undo(self) -> None:
        """Take the last change back."""
        if self.past:
            self.state.problem, self.state.said = "", ""
            before, now = self.past.pop(), self.collection
            self.state.collections[self.state.kind] = replace(before, next=now.next).recording_into(now.into)

    def choose(self, number: int) -> None:
        """Record into another class from now on."""
        self.state.problem, self.state.said = "", ""
        self.state.collections[self.state.kind] = self.collection.recording_into(number)

    def say(self, error: DataError) -> None:
        """Show why something could not be done."""
        self.state.problem, self.state.said = str(error), ""


def opened(message: Any) -> tuple[int, list[str]]:
    """Class and items of a component's message. Raises DataError when it is none."""
    if isinstance(message, Mapping) and isinstance(message.get("at"), int | float):
        into, items = message.get("into"), message.get("items")
        sound = isinstance(into, int) and isinstance(items, list) and 0 < len(items) <= MOST_AT_ONCE
        if sound and all(isinstance(item, str) and len(item) <= LONGEST_MESSAGE for item in items):
            return into, items
    raise DataError("What the browser sent is not an example, or a very large one. Draw or take it again.")


def desk_at(key: str, kind: str) -> Desk:
    """The desk of this tab; `kind` is what is collected first."""
    name = f"{key}.collected"
    if name not in st.session_state:
        st.session_state[name] = Collected(kind)
    return Desk(key, st.session_state[name])
