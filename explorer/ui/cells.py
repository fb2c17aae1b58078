"""A field of a picture that is pressed puts the number it stands for under the glass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from explorer.experiment.record import validated
from explorer.inspections import INSPECTIONS
from explorer.inspections.glass import Glass
from explorer.plots.inspections.pressing import CELLS
from explorer.results.inspected import Inspected
from explorer.ui.live_page import LivePage

FIELDS = ("example", "unit", "row", "column")  # of the glass, in the order in which a field of a picture tells them
HINT = "Press a field to see how its number came about."
Offers = Mapping[str, Mapping[str, Any]]


def glass_for(offers: Offers, layer: str) -> str:
    """The kind of question that opens the numbers of this layer; "" where there is none."""
    fits = (kind for kind in offers if issubclass(INSPECTIONS[kind], Glass) and layer in offers[kind]["choices"].get("layer", []))
    return next(fits, "")


def selecting(page: LivePage, offers: Offers, found: Inspected, figure: Figure, key: str) -> dict[str, Any]:
    """What a chart with this key is drawn with, so that its fields can be pressed; nothing where no glass opens them."""
    kind = glass_for(offers, found.facts.get("layer", "")) if figure.layout.meta == CELLS else ""
    if not kind:
        return {}
    return {"on_select": partial(_pressed, page, kind, found.facts["layer"], key), "selection_mode": "points"}


def _pressed(page: LivePage, kind: str, layer: str, key: str) -> None:
    points = st.session_state[key].selection.points
    if points:
        *cell, _ = points[0]["customdata"].values()
        open_cell(page, kind, layer, list(map(int, cell)))


def open_cell(page: LivePage, kind: str, layer: str, cell: Sequence[int]) -> None:
    """Ask how this number of a layer came about: of this example, unit and position."""
    state = page.state
    state.problem, state.asking = ("", ""), kind
    state.asks[kind] = validated(INSPECTIONS[kind](), {"layer": layer, **dict(zip(FIELDS, cell, strict=False))})
