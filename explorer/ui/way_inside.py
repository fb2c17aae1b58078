"""The ways from a live page into its run: the pages that look inside and that explain, opened on that very run."""

from __future__ import annotations

import streamlit as st

from explorer.interpret.selection import Selection
from explorer.runs.film import NEWEST
from explorer.ui import apply, link, navigation, session
from explorer.ui.live_page import LivePage

INSIDE, EXPLAIN = "inside", "explain"  # names of the pages
LOOK = (
    "Ask this run questions at any of its recorded steps: what each unit computes, its weights, its gradients, single operations "
    "number by number. The run goes on meanwhile."
)
WHY = (
    "Ask why this run answers as it does: which parts of an input count, by every method that fits, and whether to believe it. "
    "The run goes on meanwhile."
)


def way_inside(page: LivePage) -> None:
    """Buttons that leave for the run's inside, and for its explanations."""
    if st.button("Look inside", icon=":material/biotech:", key=f"{page.name}.inside", help=LOOK):
        look_into(page.state.run_id)
    if st.button("Explain", icon=":material/troubleshoot:", key=f"{page.name}.explain", help=WHY):
        look_into(page.state.run_id, EXPLAIN)


def look_into(run_id: str, name: str = INSIDE, moment: int = NEWEST) -> None:
    """Open a page on a run, at a recorded step; the run it showed before is left as it is, for it belongs to another page."""
    row = apply.find_run(session.client(), run_id)
    if row is None:
        return
    state = session.page_state(name)
    state.run_id, state.experiment, state.moment = row.id, apply.experiment_of(row.experiment), moment
    state.written = (link.token_of(state.experiment), row.id)
    navigation.go(name, x=state.written[0], run=row.id)


def to_explanations(page: LivePage) -> None:
    """From Look inside: why does it answer so, for the example, the layer and the unit that were looked at last."""
    if st.button("Explain", icon=":material/troubleshoot:", key=f"{page.name}.explain", help=WHY):
        seen, state = page.state.seen, session.page_state(EXPLAIN)
        state.selection = seen.selected(state.selection)
        look_into(page.state.run_id, EXPLAIN, page.state.moment)


def to_inside(page: LivePage, selection: Selection) -> None:
    """From the explanations: what happens inside, for the same example, layer and unit."""
    if st.button("Look inside", icon=":material/biotech:", key=f"{page.name}.inside", help=LOOK):
        session.page_state(INSIDE).seen.select(selection)
        look_into(page.state.run_id, INSIDE, page.state.moment)
