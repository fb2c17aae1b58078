"""How a live page is laid out: its controls at the side, its picture at once, a closer look below."""

from __future__ import annotations

from functools import cache

import streamlit as st

from explorer.experiment import LAYERS
from explorer.runs.store import RunRow
from explorer.ui.controls import show_problem
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.sidebar import sidebar
from explorer.ui.study import study
from explorer.ui.workbench import workbench


def stage(page: LivePage) -> None:
    """Draw a whole live page."""
    row = open_page(page)
    write_link(page)
    if page.state.notice:
        st.warning(page.state.notice)
    show_problem(DIAGRAM, page.sheet())
    if row is None:
        _no_run(page)
    else:
        _picture(page, row)  # before the controls: the browser loads what it needs in the order things come
    sidebar(page)
    if row is not None:
        study(page)


def _picture(page: LivePage, row: RunRow) -> None:
    key = f"{page.name}.workbench"
    workbench(
        row.id,
        key=key,
        page={"pad": page.pad},
        activations=activations(),
        on_edit=lambda: page.edit(dict(st.session_state[key].edit)),
        on_gone=page.forget_run,
    )


@cache
def activations() -> tuple[tuple[str, str], ...]:
    """(kind, title) of every layer that can follow another as its activation."""
    return tuple((kind, layer.title()) for kind, layer in LAYERS.items() if layer.group == "activation")


def _no_run(page: LivePage) -> None:
    st.info("There is no run to show.")
    st.button("Start a run", type="primary", help="Train this experiment from the beginning.", on_click=page.run_anew)
