"""What is to be explained, chosen once for every method: an example, an answer, a place, a layer and a unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import SpecError
from explorer.interpret.base import Explanation
from explorer.interpret.selection import Selection, selected
from explorer.ui.controls import Sheet, widget
from explorer.ui.live_page import LivePage
from explorer.ui.naming import titled, titles_of

WHERE = "selection"  # first part of the paths of its fields
OWN = ""  # the answer that the network gives


@dataclass(frozen=True)
class Chooser:
    """The widgets of a selection.

    Attributes:
        known: what there is to choose, as `interpret.introducing` says it.
        wrong: gives the numbers of examples that are answered wrong at the moment that is looked at.
    """

    page: LivePage
    known: dict[str, Any]
    wrong: Callable[[], list[int]]

    @property
    def _sheet(self) -> Sheet:
        return Sheet(self.page.name, self._set, self.page.state.problem, runs=False)

    def _set(self, path: str, value: Any) -> None:
        set_selection(self.page, path.removeprefix(f"{WHERE}."), value)

    def example(self) -> None:
        """Which example, of which part."""
        now, sheet = self.page.state.selection, self._sheet
        words = "Which part of the data the example is from: what the network never trained on, or what it did."
        draw = partial(st.segmented_control, "Example from", ["test", "training"], help=words, required=True)
        widget(draw, f"{WHERE}.part", now.part, sheet)
        words = f"Number of the example, 0 to {self.known['examples'] - 1}."
        with st.container(horizontal=True, vertical_alignment="bottom"):
            widget(partial(st.number_input, "Number", value=None, step=1, help=words), f"{WHERE}.example", now.example, sheet)
            if self.known["wrong"]:
                words = "Go on to the next example that the network answers wrong."
                st.button("Next wrong", help=words, key=f"{self.page.name}.wrong", on_click=self._next_wrong)

    def _next_wrong(self) -> None:
        there, now = self.wrong(), self.page.state.selection.example
        if there:
            set_selection(self.page, "example", next((one for one in there if one > now), there[0]))

    def answer(self) -> None:
        """Which answer, and of what place of a text."""
        now, sheet = self.page.state.selection, self._sheet
        numbers = self.known["answers"][0][2] is None  # none of them is the answer
        targets = [*([] if numbers else [OWN]), *self.known["targets"]]
        if len(self.known["targets"]) > 1:
            words = "The answer that is explained: the one the network gives, or any other, to see what speaks for it and against it."
            draw = partial(st.selectbox, "Answer", targets, format_func=lambda one: one or "what the network answers", help=words)
            widget(draw, f"{WHERE}.target", now.target if now.target in targets else targets[0], sheet)
        if self.known["places"]:
            last = self.known["places"] - 1
            words = "The place of the text whose answer is explained, counted from 0."
            draw = partial(st.slider, "Place", 0, last, help=words)
            widget(draw, f"{WHERE}.place", last if now.place < 0 else min(now.place, last), sheet)

    def inside(self, kind: type[Explanation], layers: list[str]) -> None:
        """Which layer and unit, for methods that look at one."""
        now, sheet = self.page.state.selection, self._sheet
        if "layer" in kind.wants and layers:
            words = "The layer that is looked at."
            shown = now.layer if now.layer in layers else layers[-1]
            named = partial(titled, titles=titles_of(self.page.experiment))
            widget(partial(st.selectbox, "Layer", layers, format_func=named, help=words), f"{WHERE}.layer", shown, sheet)
        if "unit" in kind.wants:
            words = "Number of the unit (feature or channel) of the layer, counted from 0."
            widget(partial(st.number_input, "Unit", value=None, step=1, help=words), f"{WHERE}.unit", now.unit, sheet)

    def scale(self) -> None:
        """Scores or probabilities, where there are probabilities."""
        now, sheet = self.page.state.selection, self._sheet
        if self.known["answers"][0][2] is None:
            return
        words = "What is explained: the score, or the probability made of it, which hardly moves where the network is sure."
        draw = partial(st.segmented_control, "Explain the", ["score", "probability"], help=words, required=True)
        widget(draw, f"{WHERE}.scale", now.scale, sheet)


def set_selection(page: LivePage, name: str, value: Any) -> None:
    """Select something else; what cannot be is explained beside its control, and everything stays as it was."""
    page.state.problem = ("", "")
    try:
        page.state.selection = selected({**page.state.selection.model_dump(), name: value})
    except SpecError as error:
        page.state.problem = (f"{WHERE}.{name}", str(error))


def fitted(selection: Selection, known: dict[str, Any]) -> Selection:
    """The selection as far as there is such a thing here; another run may have other examples and answers."""
    changes: dict[str, Any] = {}
    if selection.target not in known["targets"]:
        changes["target"] = OWN
    if known["places"] and selection.place >= known["places"]:
        changes["place"] = -1
    if selection.layer not in known["layers"]:
        changes["layer"] = ""
    return selection.model_copy(update=changes)


def ask_of(explanation: Explanation, selection: Selection) -> dict[str, Any]:
    """The question as plain data; of the selection only what the method goes by, so that nothing is worked out twice."""
    fields = selection.model_dump(exclude={"layer", "unit"} - set(explanation.wants))
    return {**explanation.model_dump(mode="json"), "selection": fields}
