"""The page of vanishing and exploding gradients: a deep network that trains, what its depth does to the gradient, and the map of choices.

Decided: what is seen of a run is measured again every second while its newest step is looked at, and drawn as a part of its own.
Because: the picture then follows the training and the slider, while the controls and the live strip stay as they are.
Instead of: rerunning the whole page, which would draw everything anew.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache, partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer.errors import ExplorerError
from explorer.experiment import Experiment
from explorer.inspections.depth_flow import DepthFlow
from explorer.inspections.depth_map import ACTIVATIONS, NO_STACK, DepthMap
from explorer.inspections.through_depth import beside, counted_out
from explorer.plots.inspections.depth_flow import Curve, compared
from explorer.plots.inspections.depth_map import MAPS, chart
from explorer.results.inspected import Inspected
from explorer.runs.film import NEWEST
from explorer.ui import apply, session
from explorer.ui.controls import show_problem
from explorer.ui.live_page import DIAGRAM, LivePage, open_page, write_link
from explorer.ui.stage import picture
from explorer.ui.vanishing_choices import chosen_in, controls, cures, described, stacked

AGAIN = 1.2  # seconds between two looks at a run that trains
COMPARED = 4  # runs in the picture, the present one included
FIRST = 0  # the map is of first weights: it is asked for at the first step
FLOW: dict[str, Any] = DepthFlow().model_dump(mode="json")
MAP: dict[str, Any] = DepthMap().model_dump(mode="json")
MOST_MAPS = 64
MEANING = {
    "gradient": "Pale is healthy; orange vanishes, blue explodes.",
    "signal": "Pale is healthy; in orange all examples look alike, in blue their differences have grown.",
}
LIVELY = "gradients_live"
STEADY = f"<style>.st-key-{LIVELY} [data-stale=true] {{ opacity: 1 !important }}</style>"  # what is measured again does not fade meanwhile
BARE = {"displaylogo": False, "displayModeBar": False}

_MAPS: OrderedDict[str, Inspected] = OrderedDict()  # what was worked out, for all tabs: the same choices give the same map


def vanishing(page: LivePage) -> None:
    """Draw the whole page."""
    row = open_page(page)
    write_link(page)
    if page.state.notice:
        st.warning(page.state.notice)
    show_problem(DIAGRAM, page.sheet())
    _follow_trail(page.state)
    picture(page, "strip", partial(_go, page))
    with st.sidebar:
        controls(page)
    if row is None:
        return
    cures(page)
    st.html(STEADY)
    with st.container(key=LIVELY):
        st.fragment(_closer, run_every=AGAIN if page.state.moment == NEWEST else None)(page)


def _go(page: LivePage, step: int) -> None:
    page.state.moment = step


def _follow_trail(state: session.PageState) -> None:
    """Remember which runs were on the page, and look at the newest step of one that has just come."""
    if state.run_id and state.trail[-1:] != [state.run_id]:
        state.trail = [*(one for one in state.trail if one != state.run_id), state.run_id][-COMPARED:]
        state.moment = NEWEST


# -- the runs


def _closer(page: LivePage) -> None:
    """The gradient and the signal at the step that is looked at, beside those of the runs before; the map; and the runs in numbers."""
    try:
        found = session.client().inspect(page.state.run_id, page.state.moment, FLOW)
    except ExplorerError as error:
        st.info(str(error))
        return
    assert isinstance(found, Inspected)
    st.markdown(f"#### {_headline(found)}", help=f"{found.words[0]} It is that of the mean loss of {FLOW['examples']} training examples.")
    st.markdown(" ".join(found.words[1:]))
    curves = _curves(page, found)
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        st.plotly_chart(compared(curves), key=f"{page.name}.flow", alt=" ".join(found.words), config=BARE)
    with right:
        _map(page)
    _table(page, curves)


def _headline(found: Inspected) -> str:
    ratio = found.facts["ratio"]
    words = beside(float("nan") if ratio is None else ratio)
    return f"Step {found.step:,}: the first layer's gradient is {words}"


def _curves(page: LivePage, found: Inspected) -> list[Curve]:
    """The run on the page, then those before it at the same step, the latest first; what is gone is left out."""
    curves = [Curve(_label(page.state.run_id), found)]
    for look, run_id in enumerate(reversed(page.state.trail[:-1]), 1):
        try:
            before = session.client().inspect(run_id, found.step, FLOW)
        except ExplorerError:
            continue
        if isinstance(before, Inspected):
            curves.append(Curve(f"{_label(run_id)} (before)", before, look))
    return curves


def _label(run_id: str) -> str:
    row = apply.find_run(session.client(), run_id)
    return described(apply.experiment_of(row.experiment)) if row else "a run that is gone"


def _table(page: LivePage, curves: list[Curve]) -> None:
    """The runs in numbers, the present one first."""
    runs = list(reversed(page.state.trail))
    rows = [
        {
            "network": curve.label,
            "step": curve.found.step,
            "first / last gradient": _short(curve.found.facts["ratio"]),
            "test accuracy (%)": _accuracy(runs[curve.look], curve.found.step),
        }
        for curve in curves
    ]
    accuracy = st.column_config.NumberColumn(format="%.0f", help=f"As last measured up to this step. {_chance(page)}")
    st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"{page.name}.table", column_config={"test accuracy (%)": accuracy})


def _short(ratio: float | None) -> str:
    if not ratio:
        return "?" if ratio is None else "0"
    return f"1/{counted_out(1 / ratio)}" if ratio < 1 else counted_out(ratio)


def _chance(page: LivePage) -> str:
    classes = apply.dataset_of(page.experiment.data).classes
    return f"Guessing gives about {100 / classes:.0f} %." if classes else ""


def _accuracy(run_id: str, step: int) -> float | None:
    """In per cent, up to a step; None where none was measured."""
    row = apply.find_run(session.client(), run_id)
    measured = _accuracies(run_id, row.step) if row else ()
    return next((100 * value for at, value in reversed(measured) if at <= step), measured[0][1] * 100 if measured else None)


@lru_cache(maxsize=64)
def _accuracies(run_id: str, until: int) -> tuple[tuple[int, float], ...]:
    """(step, test accuracy) of a run that has come to step `until`; one that stands still is read once."""
    found = ((step, metrics.get("test_accuracy")) for step, metrics in session.client().metrics(run_id))
    return tuple((step, value) for step, value in found if value is not None)


# -- the map


def _map(page: LivePage) -> None:
    """What other depths and activations do at their first weights."""
    chosen = chosen_in(page.experiment)
    if chosen is None:
        st.caption(NO_STACK)
        return
    key = map_key(page.experiment)
    _map_heading(page)
    if key in _MAPS:
        _draw_map(page, _MAPS[key])
    elif page.state.failed[0] == key:
        st.warning(page.state.failed[1])
        st.button("Try again", help="Work the map out once more.", on_click=_forget_failure, args=(page,))
    else:
        _wait(page, key)


def map_key(experiment: Experiment) -> str:
    """What the map depends on: everything but this network's own depth and seed, and activations the map holds anyway."""
    chosen = chosen_in(experiment)
    assert chosen is not None
    stack, initialisation = chosen
    activation = ACTIVATIONS[0] if stack.activation in ACTIVATIONS else stack.activation
    plain = stacked(experiment, stack.model_copy(update={"depth": 2, "activation": activation}), initialisation)
    return plain.model_copy(update={"seed": 0, "training": type(plain.training)()}).to_json()


def _map_heading(page: LivePage) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("**All choices at first weights**", width="content", help=DepthMap.summary())
        st.segmented_control(
            "Map of",
            list(MAPS),
            default="gradient",
            required=True,
            format_func=str.capitalize,
            key=f"{page.name}.map.of",
            label_visibility="collapsed",
            help="Gradient: the first layer's in units of the last one's. Signal: how far examples differ before the last layer, in units "
            "of how far after the first. Both should be near 1.",
        )


def _draw_map(page: LivePage, found: Inspected) -> None:
    chosen = chosen_in(page.experiment)
    assert chosen is not None
    which = st.session_state.get(f"{page.name}.map.of") or "gradient"
    figure = chart(found, which, chosen[0].activation, chosen[0].depth)
    st.plotly_chart(figure, key=f"{page.name}.map.{which}", alt=" ".join(found.words), config=BARE)
    st.caption(
        f"{MEANING[which]} The frame is this network. Each field: the median of {found.facts['seeds']} networks, measured on these data."
    )


@st.fragment(run_every=0.5)
def _wait(page: LivePage, key: str) -> None:
    """How far the map is; when it is there, the page is drawn anew."""
    try:
        found = session.client().inspect(page.state.run_id, FIRST, MAP, slow=True)
    except ExplorerError as error:
        page.state.failed = (key, str(error))
        st.rerun()
    if isinstance(found, Inspected):
        _MAPS[key] = found
        while len(_MAPS) > MOST_MAPS:
            _MAPS.popitem(last=False)
        st.rerun()
    st.progress(float(found), f"Measuring networks of every kind: {found:.0%}")


def _forget_failure(page: LivePage) -> None:
    page.state.failed = ("", "")
