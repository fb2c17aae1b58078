"""How a live page is laid out: its controls at the side, its picture at once, a closer look below."""

from __future__ import annotations

import streamlit as st

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
    sidebar(page)
    show_problem(DIAGRAM, page.sheet())
    if row is None:
        _no_run(page)
        return
    _picture(page, row)
    study(page)


def _picture(page: LivePage, row: RunRow) -> None:
    workbench(
        row.id,
        key=f"{page.name}.workbench",
        pad=page.pad,
        on_edit=lambda edit: page.edit(edit),
        on_gone=page.forget_run,
    )


def _no_run(page: LivePage) -> None:
    st.info("There is no run to show.")
    st.button("Start a run", type="primary", help="Train this experiment from the beginning.", on_click=page.run_anew)
