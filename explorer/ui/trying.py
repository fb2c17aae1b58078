"""A map on trial: the verdicts beside it, and the way to the trials that take their time."""

from __future__ import annotations

import streamlit as st

from explorer.errors import ExplorerError
from explorer.interpret.base import Map
from explorer.interpret.cross_examination import CrossExamination
from explorer.interpret.on_trial import OnTrial, Settings
from explorer.interpret.trials.base import TRIALS
from explorer.plots.explanations import figures
from explorer.results.inspected import Inspected
from explorer.results.verdict import verdicts_of
from explorer.ui import session
from explorer.ui.live_page import LivePage
from explorer.ui.selecting import ask_of
from explorer.ui.words import plain

SIGNS = {True: ":green[**✓ passed**]", False: ":red[**✗ failed**]", None: ":gray[no yes or no]"}
TELLS = {True: ":green[**✓ tells**]", False: ":red[**✗ does not tell**]", None: ":gray[not judged]"}


def on_trial(page: LivePage, explanation: Map, step: int) -> None:
    """The quick trials of the map that is shown, at the step it is of."""
    trial = OnTrial(method=explanation.kind, settings=_settings(explanation))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("On trial: is this map to be believed?", anchor=False, width="content")
        words = "Train the network anew, with shuffled labels and with other seeds, and see whether the map is another one. Takes a while."
        st.button(
            "Cross-examine",
            icon=":material/gavel:",
            help=words,
            key=f"{page.name}.cross",
            on_click=_cross_examine,
            args=(page, explanation),
        )
    try:
        found = session.client().inspect(page.state.run_id, step, ask_of(trial, page.state.selection))
    except ExplorerError as error:
        st.warning(str(error))
        return
    assert isinstance(found, Inspected)
    verdicts(found)
    for title, figure in figures(found).items():
        with st.expander(title):
            st.plotly_chart(figure, key=f"{page.name}.trial.{title}", alt=title, config={"displaylogo": False})


def verdicts(found: Inspected) -> None:
    """A row for each trial: its name, how it ended, and what was found."""
    rows = [f"| {one.title} | {SIGNS[one.passed]} | {plain(one.words).replace('|', '&#124;')} |" for one in verdicts_of(found)]
    st.markdown("\n".join(["| Trial | Outcome | What was found |", "|---|---|---|", *rows]))
    if found.facts.get("left_out"):
        with st.expander("Trials that do not fit this method"):
            for name, reason in found.facts["left_out"].items():
                st.markdown(f"**{TRIALS[name].title()}.** {plain(reason)}")


def scores(found: Inspected) -> None:
    """A row for each method: how much of its maps lies on the planted mark, and whether they tell; the mean, and the least and the most."""
    named = {
        "Of the map on the mark, where the network goes by it": "mass",
        "where it does not": "mass without",
        "Pairs told apart": "told apart",
    }
    rows = [
        " | ".join((one["method"], *(_band(*one[name]) for name in named.values()), TELLS[one["tells"]])) for one in found.facts["table"]
    ]
    head = " | ".join(("Method", *named, "Does it tell?"))
    st.markdown("\n".join([f"| {head} |", "|---" * (len(named) + 2) + "|", *(f"| {row} |" for row in rows)]))


def _band(mean: float, least: float, most: float) -> str:
    return f"{mean:.0%} ({least:.0%} to {most:.0%})"


def _settings(explanation: Map) -> Settings:
    """The fields of a method as its trials take them."""
    fields = explanation.model_dump(mode="json", exclude={"kind"})
    return tuple((name, value) for name, value in fields.items() if name != "kind" and isinstance(value, (bool, int, float, str)))


def _cross_examine(page: LivePage, explanation: Map) -> None:
    """Turn to the trials that train networks, with this method."""
    page.state.asking = CrossExamination.kind
    page.state.asks[CrossExamination.kind] = CrossExamination(method=explanation.kind, settings=_settings(explanation))
