"""The registries as text to look things up in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from explorer.experiment import Spec
from explorer.registry import Registry
from explorer.ui.fields import questions


@dataclass(frozen=True)
class Entry:
    """One variant, in words.

    Attributes:
        parameters: (name, default, meaning) of every field a form asks for.
    """

    title: str
    kind: str
    summary: str
    formula: str
    details: str
    parameters: tuple[tuple[str, str, str], ...]


def entries(registry: Registry) -> list[Entry]:
    """Every variant of a registry, by title."""
    return sorted((_entry(cls) for cls in registry.values()), key=lambda entry: entry.title)


def matching(some: Iterable[Entry], query: str) -> list[Entry]:
    """The entries in which every word of `query` occurs."""
    words = query.lower().split()
    return [one for one in some if all(word in f"{one.title} {one.kind} {one.summary} {one.details}".lower() for word in words)]


def show(entry: Entry) -> None:
    """Print one entry."""
    with st.container(border=True):
        st.markdown(f"**{entry.title}** `{entry.kind}`  \n{entry.summary}")
        if entry.formula:
            st.latex(entry.formula)
        if entry.details:
            st.caption(entry.details)
        if entry.parameters:
            lines = [f"| `{name}` | {default} | {meaning.replace('|', chr(92) + '|')} |" for name, default, meaning in entry.parameters]
            st.markdown("\n".join(["| parameter | default | meaning |", "|---|---|---|", *lines]))


def _entry(cls: type[Spec]) -> Entry:
    asked = questions(cls)
    parameters = tuple((one.name, _default(one.default), str(cls.model_fields[one.name].description or "")) for one in asked)
    summary, _, rest = (cls.__doc__ or "").strip().partition("\n")
    return Entry(cls.title(), cls.kind, summary, getattr(cls, "formula", ""), " ".join(rest.split()), parameters)


def _default(value: object) -> str:
    return value.title() if isinstance(value, Spec) else "none" if value == () else f"{value}"
