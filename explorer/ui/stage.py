"""How a live page is laid out: its controls at the side, its picture at once, a closer look below."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import streamlit as st

from explorer.experiment import LAYERS
from explorer.ui import apply, session
from explorer.ui.controls import show_problem
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.sidebar import sidebar
from explorer.ui.study import study
from explorer.ui.way_inside import way_inside
from explorer.ui.workbench import workbench


def stage(page: LivePage) -> None:
    """Draw a whole live page."""
    row = open_page(page)
    write_link(page)
    if page.state.notice:
        st.warning(page.state.notice)
    show_problem(DIAGRAM, page.sheet())
    picture(page)  # before the controls: the browser loads what it needs in the order things come
    sidebar(page)
    if row is not None:
        closer(page)


def closer(page: LivePage) -> None:
    """Below the picture: the ways to look closer at the run."""
    with st.container(horizontal=True):
        study(page)
        way_inside(page)


def picture(page: LivePage, view: str = "", on_moment: Callable[[int], None] | None = None, follow: bool = False) -> None:
    """The live picture of the page's run.

    Args:
        page: whose run.
        view: "strip" is the run in one row, without its network; "bar" its controls and the slider of time alone.
        on_moment: called with the recorded step that is looked at, -1 for the newest.
        follow: whether it is also called now and then while the film plays, and not only when the slider rests.
    """
    key = f"{page.name}.workbench"
    if apply.find_run(session.client(), page.state.run_id):
        workbench(
            page.state.run_id,
            key=key,
            page={"pad": page.pad, "view": view, "branch": _branch(page.state.run_id), "moments": on_moment is not None, "follow": follow},
            activations=activations(),
            on_edit=lambda: page.edit(dict(st.session_state[key].edit)),
            on_gone=page.forget_run,
            on_moment=(lambda: on_moment(int(st.session_state[key].moment["step"]))) if on_moment else None,
        )
    else:
        _no_run(page)


@lru_cache(maxsize=256)
def _branch(run_id: str) -> dict[str, str | int] | None:
    """Which run this one branched off from, and where; it never changes."""
    found = session.client().branched(run_id)
    return {"of": found[0], "step": found[1]} if found else None


@cache
def activations() -> tuple[tuple[str, str], ...]:
    """(kind, title) of every layer that can follow another as its activation."""
    return tuple((kind, layer.title()) for kind, layer in LAYERS.items() if layer.group == "activation")


def _no_run(page: LivePage) -> None:
    st.info("There is no run to show.")
    st.button("Start a run", type="primary", help="Train this experiment from the beginning.", on_click=page.run_anew)
