"""The Look inside page: questions to a run at whichever of its recorded steps the slider stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from explorer.errors import ExplorerError, SpecError
from explorer.experiment.record import validated
from explorer.inspections import INSPECTIONS, Inspection
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.runs.film import NEWEST
from explorer.ui import session
from explorer.ui.answers import Place, again, answer, forget, until_recorded, words_of
from explorer.ui.cells import HINT, selecting
from explorer.ui.controls import Sheet, form, show_problem, widget
from explorer.ui.glass_map import glass_map
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.question_link import keep_question, take_question
from explorer.ui.run_choice import arrive, choose_run, go
from explorer.ui.stage import picture
from explorer.ui.way_inside import to_explanations

QUESTION = "question"  # the path under which another question is asked for
GROUPS = ("Activations", "Weights", "Under the glass", "Gradients", "Geometry")

TALL = 450  # px of height from which on a figure is not put beside another
LONG = 500  # characters from which on the words are as high as two figures

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
    sheet = Sheet(page.name, partial(_set, page, offers), state.problem, partial(_options, offers[state.asking]["choices"]), runs=False)
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
        _turn_to(state, offers, value)
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
        _draw(page, answered[0], offers)


def _head(page: LivePage, inspection: Inspection, found: Inspected, place: Place) -> None:
    """What was asked of which step, and the ways on from here."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"{inspection.title()} at step {found.step:,}", anchor=False, width="content")
        with st.container(horizontal=True, width="content"):
            to_explanations(page)
            if page.state.moment == NEWEST:
                again(partial(forget, page, place))


def _draw(page: LivePage, found: Inspected, offers: Offers) -> None:
    """The figures with the sentences beside them."""
    drawn = list(figures(found).items())
    if not drawn:
        words_of(page, found)
        return
    left, right = st.columns([2.4, 1], gap="large")
    pairs_left = len(drawn) % 2 == 1 or sum(map(len, found.words)) < LONG
    beside = 1 if len(drawn) > 2 and pairs_left else min(len(drawn), 2)
    with right:
        words_of(page, found)
    with left:
        glass_map(page, found)
        for title, figure in drawn[:beside]:
            _figure(page, found, offers, title, figure)
    for row in in_rows([_is_low(figure) for _, figure in drawn[beside:]]):
        for column, number in zip(st.columns(len(row), gap="large"), row, strict=True):
            with column:
                _figure(page, found, offers, *drawn[beside + number])


def _figure(page: LivePage, found: Inspected, offers: Offers, title: str, figure: Figure) -> None:
    key = f"{page.name}.{found.kind}.{title}"
    presses = selecting(page, offers, found, figure, key)
    st.markdown(f"**{title}.** {HINT}" if presses else f"**{title}**")
    st.plotly_chart(figure, key=key, alt=" ".join(found.words)[:600], config={"displaylogo": False}, **presses)


def _is_low(figure: Figure) -> bool:
    """Whether half of the width is enough: a curve or bars, not a sheet of pictures."""
    return (figure.layout.height or TALL) < TALL and not figure.layout.yaxis.scaleanchor


def in_rows(low: Sequence[bool]) -> list[list[int]]:
    """Numbers of figures, row by row: two low ones side by side, any other by itself."""
    rows: list[list[int]] = []
    for number, is_low in enumerate(low):
        partner = rows[-1][0] if rows and len(rows[-1]) == 1 else None
        if partner is not None and is_low and low[partner]:
            rows[-1].append(number)
        else:
            rows.append([number])
    return rows
