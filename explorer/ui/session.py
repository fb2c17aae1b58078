"""What one browser tab has open: one typed record under one session-state key, and the client all tabs share."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.experiment import Experiment
from explorer.interpret.selection import Selection
from explorer.runs.client import Client
from explorer.ui.carried import Seen

KEY = "neural_explorer"


@dataclass
class PageState:
    """One page as this tab left it.

    Attributes:
        experiment: the last experiment that worked; None before the page was opened.
        run_id: its run, or "".
        preset: name of the preset it began as, or "".
        written: the `x` and `run` this tab last wrote into the URL.
        notice: a sentence for the top of the page, or "".
        problem: (path of the control, sentence) of the last change that was refused.
        draft: what is wanted instead of `experiment` and has no run yet: it may not be trainable; None: nothing else is wanted.
        afresh: whether the draft's run begins with weights of its own, because it is another network altogether.
        past, future: what undo and redo bring back, newest last: an experiment and the preset it began as.
        edited: when the last edit of a picture was made, in the browser's milliseconds: a rerun may bring the same edit again.
        asking: kind of the inspection that is shown; "" before one was chosen.
        asks: inspections as they were last asked, by kind.
        selection: what is to be explained: an example, an answer, a layer, a unit.
        seen: what the newest answers were about: the layer, the unit, the weight, the example.
        wished: the question of the link that opened the page, as the link holds it, until it is taken; "" where there was none.
        moment: the step that is looked at; -1 is the newest there is.
        started: slow inspections that were started by hand: (run, step, question) -> the recorded step they are worked out for.
        trail: the runs this page has shown, the present one last; where they are compared.
        failed: (question, sentence) of what could not be worked out.
        selected: id of the layer whose form is shown; "" for none; None while nobody has chosen.
    """

    experiment: Experiment | None = None
    run_id: str = ""
    preset: str = ""
    written: tuple[str, str] = ("", "")
    notice: str = ""
    problem: tuple[str, str] = ("", "")
    draft: Experiment | None = None
    afresh: bool = False
    past: list[tuple[Experiment, str]] = field(default_factory=list)
    future: list[tuple[Experiment, str]] = field(default_factory=list)
    edited: float = 0
    selected: str | None = None
    asking: str = ""
    asks: dict[str, Any] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    seen: Seen = field(default_factory=Seen)
    wished: str = ""
    moment: int = -1
    started: dict[tuple[str, int, str], int] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)
    failed: tuple[str, str] = ("", "")

    def is_new(self, edit: Mapping[str, Any]) -> bool:
        """Whether this edit was not made already; from now on it was."""
        before, self.edited = self.edited, edit.get("at", 0)
        return not before or self.edited != before


@dataclass
class Session:
    """Everything one tab remembers: its pages, and the name its runs are counted under."""

    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    page: str = ""
    pages: dict[str, PageState] = field(default_factory=dict)


def session() -> Session:
    """This tab's session, made when it is first asked for."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Session()
    return st.session_state[KEY]


def page_state(name: str) -> PageState:
    """This tab's state of one page."""
    return session().pages.setdefault(name, PageState())


def is_shared(run_id: str) -> bool:
    """Whether more than one page of this tab shows this run."""
    return sum(state.run_id == run_id for state in session().pages.values()) > 1


@functools.cache
def client() -> Client:
    """The one client of this server process. Tests put a fake here."""
    return Client()
