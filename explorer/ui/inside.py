"""The Look inside page: questions to a run at whichever of its recorded steps the slider stands."""

from __future__ import annotations

import time
from functools import lru_cache, partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError, SpecError
from explorer.experiment.record import validated
from explorer.inspections import INSPECTIONS, Inspection
from explorer.results.inspected import Inspected
from explorer.runs.film import NEWEST
from explorer.ui import session
from explorer.ui.answer_figures import answer_figures
from explorer.ui.answers import Place, again, answer, forget, keep_up, until_recorded
from explorer.ui.controls import Sheet, form, show_problem, widget
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.naming import titled, titles_of
from explorer.ui.question_link import keep_question, take_question
from explorer.ui.run_choice import arrive, choose_run, go
from explorer.ui.stage import picture
from explorer.ui.way_inside import to_explanations

QUESTION = "question"  # the path under which another question is asked for
GROUPS = ("Activations", "Weights", "Under the glass", "Gradients", "Geometry")

Offers = dict[str, dict[str, Any]]


def inside(page: LivePage) -> None:
    """Draw the whole page."""
    arrive(page)
    row = open_page(page)
    take_question(page.state, INSPECTIONS)
    write_link(page)
    if page.state.notice:
        st.warning(page.state.notice)
    show_problem(DIAGRAM, page.sheet())
    picture(page, "strip", partial(go, page), follow=not _is_slow(page.state.asking))
    with st.sidebar:
        choose_run(page)
    if row is None:
        return
    recorded = bool(session.client().film(page.state.run_id))
    try:
        offers = _offers(page.state.run_id, row.experiment)
    except ExplorerError as error:
        st.info(str(error))
        again()
        if not recorded:  # it may have been meanwhile
            until_recorded(page)
        return
    with st.sidebar:
        inspection = _choose(page, offers)
        keep_question(page.name, page.state)
    _show(page, inspection, offers)


def _is_slow(asking: str) -> bool:
    return asking in INSPECTIONS and INSPECTIONS[asking].slow


# -- which question


@lru_cache(maxsize=64)
def _offers(run_id: str, experiment: str) -> Offers:
    """What can be asked of a run; the same for all its steps, as long as its network is the same."""
    return session.client().offers(run_id)


def _choose(page: LivePage, offers: Offers) -> Inspection:
    """The question, and its fields."""
    state = page.state
    if offers.get(state.asking, {"reason": "gone"})["reason"]:
        state.asking = _first(_in_order(offers), offers)
    choices, named = partial(_options, offers[state.asking]["choices"]), partial(titled, titles=titles_of(page.experiment))
    sheet = Sheet(page.name, partial(_set, page, offers), state.problem, choices, runs=False, named=named)
    kind = INSPECTIONS[state.asking]
    there = [one for one in _in_order(offers) if not offers[one]["reason"]]
    groups = [group for group in GROUPS if any(INSPECTIONS[one].group == group for one in there)]
    words = "What kind of question: about what flows through the network, its weights, a single operation, or its gradients."
    widget(partial(st.selectbox, "Look at", groups, help=words), "group", kind.group, sheet)
    of_group = [one for one in there if INSPECTIONS[one].group == kind.group]
    draw = partial(st.selectbox, "Question", of_group, format_func=lambda one: INSPECTIONS[one].title(), help=kind.summary())
    widget(draw, QUESTION, state.asking, sheet)
    st.caption(kind.summary())
    inspection = state.asks.setdefault(state.asking, kind())
    form(inspection, "ask", sheet)
    _not_offered(offers, kind.group)
    return inspection


def _in_order(offers: Offers) -> list[str]:
    return sorted(offers, key=lambda kind: (GROUPS.index(INSPECTIONS[kind].group), kind))


def _first(kinds: list[str], offers: Offers) -> str:
    """The first question that is offered; one that is answered at once before one that takes a while."""
    return min((kind for kind in kinds if not offers[kind]["reason"]), key=lambda kind: INSPECTIONS[kind].slow)


def _options(choices: dict[str, list[str]], path: str, options: list[str]) -> list[str]:
    return choices.get(path.removeprefix("ask."), options)


def _not_offered(offers: Offers, group: str) -> None:
    """What this network has nothing to show for, and why."""
    reasons = {kind: one["reason"] for kind, one in offers.items() if one["reason"] and INSPECTIONS[kind].group == group}
    if reasons:
        with st.expander("Not for this network"):
            for kind, reason in reasons.items():
                st.markdown(f"**{INSPECTIONS[kind].title()}.** {reason}")


def _set(page: LivePage, offers: Offers, path: str, value: Any) -> None:
    """Ask something else; what cannot be asked is explained beside its control, and the question stays as it was."""
    state = page.state
    state.problem, state.notice = ("", ""), ""
    if path == "group":
        _turn_to(state, offers, _first([kind for kind in _in_order(offers) if INSPECTIONS[kind].group == value], offers))
    elif path == QUESTION:
        meant = value in offers and INSPECTIONS[value].group == INSPECTIONS[state.asking].group  # not a menu that is no longer there
        _turn_to(state, offers, value if meant else state.asking)
    else:
        try:
            state.asks[state.asking] = validated(state.asks[state.asking], {path.removeprefix("ask."): value})
        except SpecError as error:
            state.problem = (path, str(error))


def _turn_to(state: session.PageState, offers: Offers, kind: str) -> None:
    """Ask this question, about what was seen last."""
    state.asking = kind
    state.asks[kind] = state.seen.given_to(state.asks.get(kind) or INSPECTIONS[kind](), offers[kind]["choices"])


# -- the answer


def _show(page: LivePage, inspection: Inspection, offers: Offers) -> None:
    ask = inspection.model_dump(mode="json")
    answered = answer(page, ask, inspection.title(), inspection.slow)
    if answered:
        _head(page, inspection, *answered)
        page.state.seen.note(inspection, answered[0].facts)
        answer_figures(page, answered[0], offers)
        if page.state.moment == NEWEST and not inspection.slow:
            keep_up(page, answered[0].step, time.monotonic(), at_rest=True)


def _head(page: LivePage, inspection: Inspection, found: Inspected, place: Place) -> None:
    """What was asked of which step, and the ways on from here."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"{inspection.title()} at step {found.step:,}", anchor=False, width="content")
        with st.container(horizontal=True, width="content"):
            to_explanations(page)
            if page.state.moment == NEWEST:
                again(partial(forget, page, place))
