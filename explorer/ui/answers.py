"""Questions to a run that are answered by a process of its own: at once, or after a while with progress and a way to give up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.results.inspected import Inspected
from explorer.runs.film import NEWEST
from explorer.ui import apply, session
from explorer.ui.live_page import LivePage, redraw
from explorer.ui.naming import titled, titles_of
from explorer.ui.words import plain

AGAIN = 0.7  # seconds between two looks at a slow question
KEEP_UP = 4.0  # seconds between two looks at whether the run has gone on

Place = tuple[str, int, str]  # run, step, question


def answer(page: LivePage, ask: dict[str, Any], title: str, slow: bool) -> tuple[Inspected, Place] | None:
    """What the run answers, and for which place; None where it is not there yet, which the page then says."""
    place = (page.state.run_id, page.state.moment, json.dumps(ask, sort_keys=True))
    if slow and place not in page.state.started:
        _offer_to_start(page, title, place)
        return None
    step = page.state.started.get(place, page.state.moment)
    try:
        found = session.client().inspect(page.state.run_id, step, ask, slow=slow)
    except ExplorerError as error:
        if slow:
            _failed(page, place, error)
            _offer_to_start(page, title, place)
        else:
            st.warning(str(error))
        return None
    if isinstance(found, Inspected):
        return found, place
    _wait(page, ask, place)
    return None


@st.fragment(run_every=AGAIN)
def until_recorded(page: LivePage) -> None:
    """A run that only begins has nothing to be asked yet: draw the page anew as soon as it has."""
    if session.client().film(page.state.run_id):
        redraw(page)


@st.fragment(run_every=KEEP_UP)
def keep_up(page: LivePage, step: int, drawn: float, at_rest: bool = False) -> None:
    """Ask about the newest recorded step anew, now and then.

    Args:
        step: that was asked about.
        drawn: when that was drawn, by `time.monotonic`: it is looked at for a while.
        at_rest: only once the run rests; whoever reads numbers is not to have them changed meanwhile.
    """
    if time.monotonic() - drawn < KEEP_UP / 2:
        return
    row = apply.find_run(session.client(), page.state.run_id)
    if at_rest and (row is None or row.state in ("starting", "running")):
        return
    film = session.client().film(page.state.run_id)
    if film and film[-1].step != step:
        redraw(page)


def _offer_to_start(page: LivePage, title: str, place: Place) -> None:
    st.subheader(title, anchor=False)
    if page.state.failed[0] == str(place):
        st.warning(page.state.failed[1])
    st.markdown("This takes from some seconds to some minutes. It is worked out in a process of its own; the run goes on meanwhile.")
    words = "Begin; it can be given up at any time."
    st.button("Work it out", type="primary", help=words, on_click=_begin, args=(page, place))


def _begin(page: LivePage, place: Place) -> None:
    """Work out the answer for the step that is the newest now, although the run goes on meanwhile."""
    run, step, _ = place
    page.state.failed = ("", "")
    page.state.started[place] = session.client().film(run)[-1].step if step == NEWEST else step


@st.fragment(run_every=AGAIN)
def _wait(page: LivePage, ask: dict[str, Any], place: Place) -> None:
    """How far a slow question is; when it is answered, the page is drawn anew."""
    step = page.state.started.get(place)
    if step is None:
        redraw(page)  # it was given up
        return
    try:
        found = session.client().inspect(place[0], step, ask, slow=True)
    except ExplorerError as error:
        _failed(page, place, error)  # it is told once: asked again, all would be worked out anew
        redraw(page)
        return
    if isinstance(found, Inspected):
        redraw(page)
        return
    st.progress(float(found), f"{found:.0%} done")
    st.button("Give up", help="End the work; nothing else is lost.", on_click=_give_up, args=(page, ask, place))


def _failed(page: LivePage, place: Place, error: ExplorerError) -> None:
    page.state.started.pop(place, None)
    page.state.failed = (str(place), str(error))


def _give_up(page: LivePage, ask: dict[str, Any], place: Place) -> None:
    step = page.state.started.pop(place, None)
    if step is not None:
        session.client().cancel(place[0], step, ask)


def forget(page: LivePage, place: Place) -> None:
    """Ask a slow question anew."""
    page.state.started.pop(place, None)


def again(forget: Callable[[], None] | None = None) -> None:
    """A button that looks once more; `forget` is called before."""
    st.button("Look again", icon=":material/refresh:", help="Take the newest recorded step of the run.", on_click=forget)


def words_of(page: LivePage, found: Inspected) -> None:
    """What was measured, in three depths where there are three."""
    depths = [name for name in ("words", "formula", "code") if name in found.facts]
    depth = "words"
    if len(depths) > 1:
        words = "The same in words, as a formula with the numbers of this step, and as code that gives the same number."
        draw = partial(st.segmented_control, "Depth", depths, default="words", required=True, wrap=True)
        chosen = draw(format_func=str.capitalize, key=f"{page.name}.depth", help=words)
        depth = chosen or "words"
    if depth == "formula":
        st.latex(found.facts["formula"])
    elif depth == "code":
        st.code(found.facts["code"], "python", wrap_lines=True)
    else:
        titles = titles_of(page.experiment)
        st.markdown("\n".join(f"- {plain(titled(sentence, titles))}" for sentence in found.words))
