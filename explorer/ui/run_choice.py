"""Which run a page looks into: one of those this tab has on its pages, at one of its recorded steps."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.runs.film import NEWEST
from explorer.ui import apply, session
from explorer.ui.controls import Sheet, widget
from explorer.ui.live_page import LivePage
from explorer.ui.navigation import discover_pages


def arrive(page: LivePage) -> None:
    """Whoever comes from another page looks into the run of that page."""
    if page.state.run_id or st.query_params.get("run") or st.query_params.get("x"):
        return
    runs = _runs(page)
    if runs:
        _open(page, next(reversed(runs)))


def _runs(page: LivePage) -> dict[str, str]:
    """Run id -> what it is, of every page of this tab."""
    titles = {one.name: one.page.title for one in discover_pages()}
    found = {}
    for name, state in session.session().pages.items():
        if state.run_id and state.experiment and apply.find_run(session.client(), state.run_id):
            found.setdefault(state.run_id, f"{titles.get(name, name)}: {state.experiment.data.title()}")
    return found


def _open(page: LivePage, run_id: str) -> None:
    row = apply.find_run(session.client(), run_id)
    if row:
        page.state.run_id, page.state.experiment, page.state.moment = run_id, apply.experiment_of(row.experiment), NEWEST


def choose_run(page: LivePage) -> None:
    """The runs of this tab, where there are several."""
    runs = _runs(page)
    if len(runs) > 1:
        words = "Runs of this tab: those of the other pages, and branches of them."
        draw = partial(st.selectbox, "Run", list(runs), format_func=runs.__getitem__, help=words)
        widget(draw, "run", page.state.run_id, Sheet(page.name, lambda _, run_id: _open(page, run_id)))


def go(page: LivePage, step: int) -> None:
    """Look at another recorded step."""
    page.state.moment = step
