"""The way from a live page into its run: the Look inside page, opened on that very run."""

from __future__ import annotations

import streamlit as st

from explorer.runs.film import NEWEST
from explorer.ui import apply, link, navigation, session
from explorer.ui.live_page import LivePage

INSIDE = "inside"  # the page's name
WORDS = (
    "Ask this run questions at any of its recorded steps: what each unit computes, its weights, its gradients, single operations "
    "number by number. The run goes on meanwhile."
)


def way_inside(page: LivePage) -> None:
    """A button that leaves for the run's inside."""
    if st.button("Look inside", icon=":material/biotech:", key=f"{page.name}.inside", help=WORDS):
        look_into(page.state.run_id)


def look_into(run_id: str) -> None:
    """Open the Look inside page on a run; the run it showed before is left as it is, for it belongs to another page."""
    row = apply.find_run(session.client(), run_id)
    if row is None:
        return
    state = session.page_state(INSIDE)
    state.run_id, state.experiment, state.moment = row.id, apply.experiment_of(row.experiment), NEWEST
    state.written = (link.token_of(state.experiment), row.id)
    navigation.go(INSIDE, x=state.written[0], run=row.id)
