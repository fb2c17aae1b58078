"""The pages there are: every module of `pages/` that has a PAGE and a render(), found by importing the folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import streamlit as st

MOST_IN_A_ROW = 8  # pages that stand side by side; more are gathered under their sections


@dataclass(frozen=True)
class Page:
    """How a page appears in the navigation.

    Attributes:
        title: its name for people.
        section: heading it stands under.
        order: pages are sorted by it; the lowest is the first page.
        icon: a Material symbol bundled with Streamlit, e.g. ":material/hub:".
    """

    title: str
    section: str
    order: int
    icon: str


@dataclass(frozen=True)
class Found:
    """A page and what draws it; `name` is the file's name and the page's path in the URL."""

    name: str
    page: Page
    render: Callable[[], None]


@cache
def discover_pages() -> tuple[Found, ...]:
    """Every page, in order."""
    package = importlib.import_module("pages")
    modules = (importlib.import_module(f"pages.{one.name}") for one in pkgutil.iter_modules(package.__path__))
    return tuple(sorted((_found(module) for module in modules), key=lambda one: (one.page.order, one.name)))


def navigation(wrap: Callable[[Found], Callable[[], None]]) -> None:
    """Draw the navigation and run the page that was asked for, as `wrap` makes it."""
    sections: dict[str, list] = {}
    for number, one in enumerate(discover_pages()):
        entry = st.Page(wrap(one), title=one.page.title, icon=one.page.icon, url_path=one.name, default=number == 0)
        sections.setdefault(one.page.section, []).append(entry)
    every = [entry for entries in sections.values() for entry in entries]
    st.navigation(every if len(every) <= MOST_IN_A_ROW else sections, position="top").run()


def go(name: str, **query: str) -> None:
    """Leave for another page, whose URL then has this query. Nothing after this is run."""
    found = next(one for one in discover_pages() if one.name == name)
    st.switch_page(st.Page(found.render, title=found.page.title, url_path=name), query_params=query)


def _found(module: ModuleType) -> Found:
    return Found(module.__name__.rpartition(".")[2], module.PAGE, module.render)
