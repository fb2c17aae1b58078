"""The Explain page: why a run answers as it does, at any of its recorded steps, and whether to believe the explanation."""

from __future__ import annotations

import io
import time
import wave
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError, SpecError
from explorer.experiment.record import validated
from explorer.interpret.base import EXPLANATIONS, Explanation, Map
from explorer.plots.explanations import figures
from explorer.plots.explanations.answers_given import answers_given
from explorer.results.inspected import Inspected
from explorer.runs.film import NEWEST
from explorer.ui import session
from explorer.ui.answers import Place, again, answer, forget, keep_up, until_recorded, words_of
from explorer.ui.controls import Sheet, form, show_problem, widget
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.naming import Titles, titled, titles_of, with_titles
from explorer.ui.question_link import keep_question, take_question
from explorer.ui.run_choice import arrive, choose_run, go
from explorer.ui.selecting import Chooser, ask_of, fitted
from explorer.ui.sidebar import preset_menu
from explorer.ui.stage import picture
from explorer.ui.trying import on_trial, scores, verdicts
from explorer.ui.way_inside import to_inside
from explorer.ui.words import plain

METHOD, GROUP = "method", "group"  # paths under which another method is asked for
FIRST = "integrated_gradients"  # the method of a first visit, where it fits
GROUPS = (
    "Gradients",
    "Taking away",
    "Rules of backpropagation",
    "Attention",
    "Generated text",
    "Side by side",
    "On trial",
    "Layers and units",
    "Concepts and examples",
    "What if",
    "Many examples",
    "Over training",
)

LIVELY = "explained"  # the answer is drawn anew while the run goes on
STEADY = f"<style>.st-key-{LIVELY} [data-stale=true] {{ opacity: 1 !important }}</style>"  # and does not fade meanwhile
Known = dict[str, Any]


def explaining(page: LivePage) -> None:
    """Draw the whole page."""
    arrive(page)
    row = open_page(page)
    take_question(page.state, EXPLANATIONS)
    write_link(page)
    if page.state.notice:
        st.warning(page.state.notice)
    show_problem(DIAGRAM, page.sheet())
    picture(page, "bar", partial(go, page), follow=_is_quick(page.state.asking))
    with st.sidebar:
        preset_menu(page)
        choose_run(page)
    if row is None:
        return
    recorded = bool(session.client().film(page.state.run_id))
    try:
        known = _known(page.state.run_id, row.experiment, page.state.selection.part, page.state.selection.scale)
    except ExplorerError as error:
        st.info(str(error))
        again()
        if not recorded:  # it may have been meanwhile
            until_recorded(page)
        return
    page.state.selection = fitted(page.state.selection, known)
    with st.sidebar:
        explanation = _choose(page, known)
        keep_question(page.name, page.state)
    st.html(STEADY)
    with st.container(key=LIVELY):
        _show(page, explanation)


def _is_quick(asking: str) -> bool:
    return asking in EXPLANATIONS and not EXPLANATIONS[asking].slow


# -- which question


@lru_cache(maxsize=64)
def _known(run_id: str, experiment: str, part: str, scale: str) -> Known:
    """What can be explained of a run, and how; the same for all its steps, as long as its network is the same."""
    return session.client().explainable(run_id, NEWEST, {"part": part, "scale": scale})


def _wrong(page: LivePage) -> list[int]:
    """Examples that are answered wrong at the step that is looked at."""
    try:
        return session.client().explainable(page.state.run_id, page.state.moment, {"part": page.state.selection.part})["wrong"]
    except ExplorerError:
        return []


def _choose(page: LivePage, known: Known) -> Explanation:
    """What is explained, by what, and its fields."""
    state, offers = page.state, known["offers"]
    if offers.get(state.asking, {"reason": "gone"})["reason"]:
        state.asking = FIRST if not offers[FIRST]["reason"] else _first(_there(offers))
    chooser = Chooser(page, known, partial(_wrong, page))
    chooser.example()
    kind, choices = EXPLANATIONS[state.asking], offers[state.asking]["choices"]
    if kind.answered:
        chooser.answer()
    sheet = Sheet(
        page.name,
        partial(_set, page, offers, kind.kind),
        state.problem,
        partial(_options, choices),
        runs=False,
        named=partial(_named, titles_of(page.experiment)),
    )
    _choose_method(kind, offers, sheet)
    chooser.inside(kind, choices.get("layer", []))
    explanation = state.asks.setdefault(state.asking, kind())
    form(explanation, "ask", sheet)
    st.caption(_cost(explanation, offers[state.asking]["passes"]))
    chooser.scale()
    _not_offered(offers, kind.group)
    return explanation


def _choose_method(kind: type[Explanation], offers: dict[str, Any], sheet: Sheet) -> None:
    there = _there(offers)
    groups = [group for group in GROUPS if any(EXPLANATIONS[one].group == group for one in there)]
    words = "How it is explained: by a map over the input, by the layers inside, by examples; or the map itself is put on trial."
    widget(partial(st.selectbox, "Explain by", groups, help=words), GROUP, kind.group, sheet)
    of_group = [one for one in there if EXPLANATIONS[one].group == kind.group]
    if len(of_group) > 1:
        draw = partial(st.selectbox, "Method", of_group, format_func=lambda one: EXPLANATIONS[one].title(), help=kind.summary())
        widget(draw, METHOD, kind.kind, sheet)
    st.caption(f"{kind.summary()} {source_of(kind)}")


def source_of(kind: type[Explanation]) -> str:
    """ "(Simonyan et al., ..., 2014)": where a method comes from."""
    lines = (kind.__doc__ or "").split("Source: ", 1)
    return f"({' '.join(lines[1].split()).rstrip('.')})" if len(lines) == 2 else ""


def _cost(explanation: Explanation, passes: int) -> str:
    if explanation != type(explanation)() or not passes:
        return ""
    return f"Costs {passes:,} pass{'es' * (passes > 1)} forward through the network, with its fields as they are."


def _there(offers: dict[str, Any]) -> list[str]:
    fits = [kind for kind in offers if not offers[kind]["reason"]]
    return sorted(fits, key=lambda kind: (GROUPS.index(EXPLANATIONS[kind].group), kind))


def _first(kinds: list[str]) -> str:
    """The first that is answered at once; else the first."""
    return min(kinds, key=lambda kind: EXPLANATIONS[kind].slow)


def _named(titles: Titles, option: str) -> str:
    """A method or a layer by its title, anything else as it is."""
    return EXPLANATIONS[option].title() if option in EXPLANATIONS else titled(option, titles)


def _options(choices: dict[str, list[str]], path: str, options: list[str]) -> list[str]:
    return choices.get(path.removeprefix("ask."), options)


def _not_offered(offers: dict[str, Any], group: str) -> None:
    """What does not fit this network or these inputs, and why."""
    reasons = {kind: one["reason"] for kind, one in offers.items() if one["reason"] and EXPLANATIONS[kind].group == group}
    if reasons:
        with st.expander("Not for this network"):
            for kind, reason in reasons.items():
                st.markdown(f"**{EXPLANATIONS[kind].title()}.** {plain(reason)}")


def _set(page: LivePage, offers: dict[str, Any], shown: str, path: str, value: Any) -> None:
    """Ask something else; what cannot be asked is explained beside its control, and the question stays as it was.

    Args:
        shown: the method whose fields are changed. Fields and menus may change in one go, and a slow browser goes on reporting a
            menu of methods that is no longer there: one of another group, or a title that the menu no longer knows, is not meant.
    """
    state = page.state
    state.problem, state.notice = ("", ""), ""
    if path == GROUP:
        state.asking = _first([kind for kind in _there(offers) if EXPLANATIONS[kind].group == value])
    elif path == METHOD:
        state.asking = value if value in offers and EXPLANATIONS[value].group == EXPLANATIONS[state.asking].group else state.asking
    else:
        try:
            state.asks[shown] = validated(state.asks[shown], {path.removeprefix("ask."): value})
        except SpecError as error:
            state.problem = (path, str(error))


# -- the answer


def _show(page: LivePage, explanation: Explanation) -> None:
    ask = ask_of(explanation, page.state.selection)
    answered = answer(page, ask, explanation.title(), explanation.slow)
    if answered is None:
        return
    found, place = answered
    _draw(page, explanation, found, place)
    if isinstance(explanation, Map) and "unit" not in explanation.wants:
        on_trial(page, explanation, found.step)
    if page.state.moment == NEWEST and not explanation.slow:
        keep_up(page, found.step, time.monotonic())


def _draw(page: LivePage, explanation: Explanation, found: Inspected, place: Place) -> None:
    """The figures, beside them what the network answers, and the sentences."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"{explanation.title()} at step {found.step:,}", anchor=False, width="content")
        with st.container(horizontal=True, width="content"):
            to_inside(page, page.state.selection)
            if page.state.moment == NEWEST:
                again(partial(forget, page, place))
    left, right = st.columns([2.4, 1], gap="large")
    with left:  # first, for it is waited for
        _figures(page, found)
        _sounds(found)
    with right:
        if found.facts.get("answers"):
            figure = answers_given(found)
            st.plotly_chart(figure, key=f"{page.name}.answers", alt=_answers_said(found), config={"displayModeBar": False})
        words_of(page, replace(found, words=found.words[:1]) if found.facts.get("verdicts") else found)  # the table says the rest


def _figures(page: LivePage, found: Inspected) -> None:
    if found.facts.get("verdicts"):
        verdicts(found)
    if found.facts.get("table"):
        scores(found)
    titles = titles_of(page.experiment)
    for title, figure in figures(found, **_look(page, found)).items():
        st.markdown(f"**{plain(titled(title, titles))}**")
        tools = {"displaylogo": False} if figure.layout.dragmode is not False else {"displayModeBar": False}  # where something is zoomed
        st.plotly_chart(with_titles(figure, titles), key=f"{page.name}.{found.kind}.{title}", alt=" ".join(found.words)[:600], config=tools)


def _answers_said(found: Inspected) -> str:
    return "The network answers: " + ", ".join(f"{name} {score:.3g}" for name, score, _ in found.facts["answers"][:5])


def _look(page: LivePage, found: Inspected) -> dict[str, float]:
    """How a map over a picture is laid over it."""
    if found.facts.get("drawn") != "attribution" or found.facts.get("input") not in ("image", "audio"):
        return {}
    with st.container(horizontal=True):
        words = "How much of the picture the map hides."
        alpha = st.slider("Opacity of the map", 0.0, 1.0, 0.75, 0.05, help=words, key=f"{page.name}.alpha")
        words = "Numbers smaller than this share of the largest are left out of the map."
        threshold = st.slider("Hide below (share of the largest)", 0.0, 0.9, 0.0, 0.05, help=words, key=f"{page.name}.threshold")
    return {"alpha": alpha, "threshold": threshold}


def _sounds(found: Inspected) -> None:
    """The sound as it is, and only the part of it that the map points at."""
    if "heard" not in found.arrays:
        return
    rate, share = found.facts["heard"]["rate"], found.facts["heard"]["share"]
    for name, words in (("whole", "The whole sound"), ("heard", f"Only what the map points at ({share:.0%} of its mass)")):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(words, width=300)
            st.audio(as_wav(found.arrays[name], rate), format="audio/wav")


def as_wav(sound: np.ndarray, rate: int) -> bytes:
    """int16 (samples,) as the bytes of a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(np.ascontiguousarray(sound, "<i2").tobytes())
    return file.getvalue()
