"""The picture of what a unit gives, in which one presses the number that shall lie under the glass."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from explorer.experiment.record import validated
from explorer.plots.inspections.unit_map import unit_map
from explorer.results.inspected import Inspected
from explorer.ui.live_page import LivePage
from explorer.ui.naming import titled, titles_of

AXES = ("row", "column")  # the fields of the question that hold a position


def glass_map(page: LivePage, found: Inspected) -> None:
    """The picture and two buttons that slide to the next position; nothing where a unit gives a single number."""
    figure = unit_map(found)
    if figure is None:
        return
    at = tuple(found.facts["at"])
    st.markdown(f"**What unit {found.facts['unit']} gives.** Press a field to look at it.")
    key = f"{page.name}.{found.kind}.map.{at}"  # another position is another picture, in which nothing is pressed yet
    layer = titled(found.facts["layer"], titles_of(page.experiment))
    words = f"What unit {found.facts['unit']} of {layer} gives; position {', '.join(map(str, at))} is marked."
    pressed = partial(_pressed, page, found.kind, key, len(at))
    st.plotly_chart(figure, key=key, on_select=pressed, selection_mode="points", alt=words, config={"displayModeBar": False})
    with st.container(horizontal=True, vertical_alignment="center"):
        for by, name, icon in ((-1, "Slide back", ":material/arrow_back:"), (1, "Slide on", ":material/arrow_forward:")):
            words = "One position back: to the left, then up." if by < 0 else "One position on: to the right, then down."
            place = neighbour(at, found.arrays["output"].shape, by)
            st.button(name, icon=icon, help=words, key=f"{page.name}.slide.{by}", on_click=put, args=(page, found.kind, place))


def neighbour(at: tuple[int, ...], shape: tuple[int, ...], by: int) -> tuple[int, ...]:
    """The position so many further, row after row; behind the last comes the first."""
    size = int(np.prod(shape))
    return tuple(int(i) for i in np.unravel_index((int(np.ravel_multi_index(at, shape)) + by) % size, shape))


def put(page: LivePage, kind: str, at: tuple[int, ...]) -> None:
    """Put the number at this position under the glass."""
    page.state.problem = ("", "")
    page.state.asks[kind] = validated(page.state.asks[kind], dict(zip(AXES, at, strict=False)))


def _pressed(page: LivePage, kind: str, key: str, axes: int) -> None:
    points = st.session_state[key].selection.points
    if points:
        put(page, kind, (int(points[0]["y"]), int(points[0]["x"]))[-axes:])
