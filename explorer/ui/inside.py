"""The Look inside page: questions to a run at whichever of its recorded steps the slider stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError, SpecError
from explorer.experiment.record import validated
from explorer.inspections import INSPECTIONS, Inspection
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.runs.film import NEWEST
from explorer.ui import apply, session
from explorer.ui.controls import Sheet, form, show_problem, widget
from explorer.ui.glass_map import glass_map
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.navigation import discover_pages
from explorer.ui.stage import picture
from explorer.ui.words import plain

QUESTION = "question"  # the path under which another question is asked for
GROUPS = ("Activations", "Weights", "Under the glass", "Gradients", "Geometry")
AGAIN = 0.7  # seconds between two looks at a slow question

Offers = dict[str, dict[str, Any]]


def inside(page: LivePage) -> None:
    """Draw the whole page."""
    _arrive(page)
    row = open_page(page)
    write_link(page)
    if page.state.notice:
        st.warning(page.state.notice)
    show_problem(DIAGRAM, page.sheet())
    picture(page, "strip", partial(_go, page))
    with st.sidebar:
        _choose_run(page)
    if row is None:
        return
    try:
        offers = _offers(page.state.run_id, row.experiment)
    except ExplorerError as error:
        st.info(str(error))
        _again()
        if not session.client().film(page.state.run_id):
            _until_recorded(page)
        return
    with st.sidebar:
        inspection = _choose(page, offers)
    _show(page, inspection)


@st.fragment(run_every=AGAIN)
def _until_recorded(page: LivePage) -> None:
    """A run that only begins has nothing to be asked yet: draw the page anew as soon as it has."""
    if session.client().film(page.state.run_id):
        st.rerun()


# -- which run


def _arrive(page: LivePage) -> None:
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


def _choose_run(page: LivePage) -> None:
    runs = _runs(page)
    if len(runs) > 1:
        words = "Runs of this tab: those of the other pages, and branches of them."
        draw = partial(st.selectbox, "Run", list(runs), format_func=runs.__getitem__, help=words)
        widget(draw, "run", page.state.run_id, Sheet(page.name, lambda _, run_id: _open(page, run_id)))


def _go(page: LivePage, step: int) -> None:
    page.state.moment = step


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
    state.problem = ("", "")
    if path == "group":
        state.asking = _first([kind for kind in _in_order(offers) if INSPECTIONS[kind].group == value], offers)
    elif path == QUESTION:
        state.asking = value
    else:
        try:
            state.asks[state.asking] = validated(state.asks[state.asking], {path.removeprefix("ask."): value})
        except SpecError as error:
            state.problem = (path, str(error))


# -- the answer


def _show(page: LivePage, inspection: Inspection) -> None:
    ask = inspection.model_dump(mode="json")
    place = (page.state.run_id, page.state.moment, json.dumps(ask, sort_keys=True))
    if inspection.slow and place not in page.state.started:
        _offer_to_start(page, inspection, place)
        return
    step = page.state.started.get(place, page.state.moment)
    try:
        found = session.client().inspect(page.state.run_id, step, ask, slow=inspection.slow)
    except ExplorerError as error:
        page.state.started.pop(place, None)
        st.warning(str(error))
        return
    if isinstance(found, Inspected):
        _draw(page, inspection, found, place)
    else:
        _wait(page, ask, place)


def _offer_to_start(page: LivePage, inspection: Inspection, place: tuple[str, int, str]) -> None:
    st.subheader(inspection.title(), anchor=False)
    st.markdown("This takes from some seconds to some minutes. It is worked out in a process of its own; the run goes on meanwhile.")
    words = "Begin; it can be given up at any time."
    st.button("Work it out", type="primary", help=words, on_click=_begin, args=(page, place))


def _begin(page: LivePage, place: tuple[str, int, str]) -> None:
    """Work out the answer for the step that is the newest now, although the run goes on meanwhile."""
    run, step, _ = place
    page.state.started[place] = session.client().film(run)[-1].step if step == NEWEST else step


@st.fragment(run_every=AGAIN)
def _wait(page: LivePage, ask: dict[str, Any], place: tuple[str, int, str]) -> None:
    """How far a slow question is; when it is answered, the page is drawn anew."""
    step = page.state.started.get(place)
    if step is None:
        st.rerun()  # it was given up
    try:
        found = session.client().inspect(place[0], step, ask, slow=True)
    except ExplorerError:
        st.rerun()  # the page tells why
    if isinstance(found, Inspected):
        st.rerun()
    st.progress(float(found), f"{found:.0%} done")
    st.button("Give up", help="End the work; nothing else is lost.", on_click=_give_up, args=(page, ask, place))


def _give_up(page: LivePage, ask: dict[str, Any], place: tuple[str, int, str]) -> None:
    step = page.state.started.pop(place, None)
    if step is not None:
        session.client().cancel(place[0], step, ask)


def _forget(page: LivePage, place: tuple[str, int, str]) -> None:
    page.state.started.pop(place, None)


def _draw(page: LivePage, inspection: Inspection, found: Inspected, place: tuple[str, int, str]) -> None:
    """The figures with the sentences beside them."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"{inspection.title()} at step {found.step:,}", anchor=False, width="content")
        if page.state.moment == NEWEST:
            _again(partial(_forget, page, place))
    drawn = figures(found)
    left, right = st.columns([2.4, 1], gap="large")
    with right:
        _words(page, found)
    with left:
        glass_map(page, found)
        for title, figure in drawn.items():
            st.markdown(f"**{title}**")
            st.plotly_chart(figure, key=f"{page.name}.{found.kind}.{title}", alt=" ".join(found.words)[:600], config={"displaylogo": False})


def _again(forget: Callable[[], None] | None = None) -> None:
    """A button that looks once more; `forget` is called before."""
    st.button("Look again", icon=":material/refresh:", help="Take the newest recorded step of the run.", on_click=forget)


def _words(page: LivePage, found: Inspected) -> None:
    """What was measured, in three depths where there are three."""
    depths = [name for name in ("words", "formula", "code") if name in found.facts]
    depth = "words"
    if len(depths) > 1:
        words = "The same in words, as a formula with the numbers of this step, and as code that gives the same number."
        chosen = st.segmented_control(
            "Depth", depths, default="words", required=True, format_func=str.capitalize, key=f"{page.name}.depth", help=words
        )
        depth = chosen or "words"
    if depth == "formula":
        st.latex(found.facts["formula"])
    elif depth == "code":
        st.code(found.facts["code"], "python", wrap_lines=True)
    else:
        st.markdown("\n".join(f"- {plain(sentence)}" for sentence in found.words))
