"""How the Build page is laid out: the editor with a form beside it, the live run below; the whole picture; and the code."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.experiment import Experiment
from explorer.ui import apply, drafts, session
from explorer.ui.builder import builder
from explorer.ui.builder.drawing import drawing
from explorer.ui.builder.edits import Edit, edited, selection_after
from explorer.ui.code_view import code_view
from explorer.ui.controls import show_problem
from explorer.ui.layer_panel import layer_panel
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.sidebar import sidebar
from explorer.ui.stage import closer, picture

DRAWN = 0.15  # seconds in which a browser has drawn a change of 40 layers
ROOM = 330  # pixels of the window that are not the editor's


def workshop(page: LivePage) -> None:
    """Draw the whole page."""
    open_page(page)
    _select_something(page)
    if page.state.notice:
        st.warning(page.state.notice)
    chosen = st.segmented_control(
        "View",
        list(VIEWS),
        default="Build",
        required=True,
        key=f"{page.name}.view",
        label_visibility="collapsed",
        help="Build: put the network together. Train: the whole picture while it learns. Code: take it with you, or bring one.",
    )
    VIEWS[chosen or "Build"](page)
    write_link(page)
    sidebar(page)


def _build(page: LivePage) -> None:
    left, right = st.columns([2.9, 1], gap="medium")
    with left:
        _editor(page)
    with right:
        layer_panel(page)
    messages, run = st.container(), st.container()  # each in its place, so that the live picture stays what it is
    _let_draw(page)
    page.settle()
    with messages:
        show_problem(DIAGRAM, page.sheet())
        _stuck(page)
        for words in drafts.doubts(page.experiment):
            st.warning(words)
        _inherited(page)
    with run:
        _run(page, "strip")


def _let_draw(page: LivePage) -> None:
    """The browser draws a change before its run begins to take processor time; a change that follows meanwhile saves that run."""
    if page.state.draft:
        time.sleep(DRAWN)
    st.empty()  # where Streamlit ends this rerun if another is waiting


def _stuck(page: LivePage) -> None:
    """Why a draft whose networks all fit cannot be trained: together they may be too large."""
    draft = page.state.draft
    reason = drafts.reason_not(draft) if draft and not any(sketch.clash for sketch in drafts.sketches(draft)) else ""
    if reason:
        st.error(reason)


def _inherited(page: LivePage) -> None:
    """Which layers kept their weights when the network was changed."""
    row = apply.find_run(session.client(), page.state.run_id)
    found = session.client().inherited(row.id) if row and not page.state.draft else None
    if found:
        st.caption(f"{found.text[:1].upper()}{found.text[1:]}.")


def _train(page: LivePage) -> None:
    page.settle()
    if page.state.draft and page.has_run:
        st.info("What is being built cannot be trained yet, so this is the last network that could. The Build view says what is missing.")
    show_problem(DIAGRAM, page.sheet())
    _run(page)
    if page.has_run:
        closer(page)


def _run(page: LivePage, view: str = "") -> None:
    """The live run; one that nothing can be trained for yet is waited for in words."""
    if page.state.draft and not page.has_run:
        st.info("The run appears here as soon as the network can be trained. The Build view says what is missing.")
    else:
        picture(page, view=view)


def _code(page: LivePage) -> None:
    page.settle()
    code_view(page)


VIEWS: dict[str, Callable[[LivePage], None]] = {"Build": _build, "Train": _train, "Code": _code}


def _editor(page: LivePage) -> None:
    key, experiment = f"{page.name}.builder", page.experiment
    data = {
        "networks": drawing(drafts.sketches(experiment), experiment.data.title(), experiment.task.title()),
        "selected": page.state.selected or "",
        "can_undo": bool(page.state.past),
        "can_redo": bool(page.state.future),
        "room": ROOM,
    }
    builder(
        data,
        key=key,
        on_edit=lambda: take_edit(page, dict(st.session_state[key].edit)),
        on_select=lambda: _select(page, dict(st.session_state[key].select)),
    )


def _select_something(page: LivePage) -> None:
    """The first layer, until somebody chooses another, and where the one chosen is no longer there."""
    ids = [layer.id for network in page.experiment.networks.values() for layer in network.walk()]
    if page.state.selected not in ("", *ids):
        page.state.selected = ids[0] if ids else None


def _select(page: LivePage, chosen: Edit) -> None:
    page.state.selected = str(chosen.get("id", ""))[:40]


def take_edit(page: LivePage, edit: Edit) -> None:
    """Make an edit of the editor; what cannot be is explained below it."""
    if not page.state.is_new(edit):
        return
    before = page.experiment
    acts: dict[Any, Callable[[], object]] = {"undo": page.undo, "redo": page.redo}
    act = acts.get(edit.get("action"), lambda: page.try_change(DIAGRAM, lambda experiment: _changed(experiment, edit)))
    act()
    for role, network in before.networks.items():
        after = page.experiment.networks.get(role)
        if after and after != network:
            page.state.selected = selection_after(network, after, page.state.selected or "")


def _changed(experiment: Experiment, edit: Edit) -> Experiment:
    if edit.get("action") != "fix":
        return edited(experiment, edit)
    return drafts.mended(experiment, str(edit.get("role")), int(edit.get("number", 0)), str(edit.get("title")))
