"""The picture in which a number is chosen for the glass."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from test_inside_page import asked, client, opened, pressed, state_of  # noqa: F401

from explorer.plots.inspections.pressing import MOST
from explorer.plots.inspections.unit_map import unit_map
from explorer.results.inspected import Inspected
from explorer.ui import glass_map
from explorer.ui.glass_map import neighbour


def found(output: np.ndarray, at: list[int]) -> Inspected:
    return Inspected("glass_convolution", 3, (), {"at": at, "unit": 2, "layer": "conv2d_1"}, {"output": output})


def test_every_field_can_be_pressed_and_the_chosen_one_is_marked():
    output = np.arange(12.0).reshape(3, 4)
    figure = unit_map(found(output, [2, 1]))
    assert figure is not None
    dots = figure.data[1]
    assert [output[int(y), int(x)] for x, y in zip(dots.x, dots.y, strict=True)] == dots.customdata[:, 0].tolist()
    assert len(dots.x) == 12
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, 1.5, 2.5)


def test_steps_of_a_sequence_are_one_row():
    figure = unit_map(found(np.arange(5.0), [3]))
    assert figure is not None
    assert list(figure.data[1].x) == [0, 1, 2, 3, 4]
    assert set(figure.data[1].y) == {0}


def test_a_single_number_needs_no_picture_and_a_huge_picture_no_dots():
    assert unit_map(found(np.array(1.0), [])) is None
    figure = unit_map(found(np.zeros((MOST, 2)), [0, 0]))
    assert figure is not None
    assert len(figure.data[1].x) == 0


@pytest.mark.parametrize(
    ("at", "shape", "by", "wanted"),
    [((0, 2), (2, 3), 1, (1, 0)), ((1, 2), (2, 3), 1, (0, 0)), ((0, 0), (2, 3), -1, (1, 2)), ((4,), (5,), 1, (0,)), ((0,), (5,), -1, (4,))],
)
def test_sliding_goes_row_after_row_and_round(at, shape, by, wanted):
    assert neighbour(at, shape, by) == wanted


@pytest.mark.parametrize(("axes", "wanted"), [(2, (4, 3)), (1, (3,))])
def test_a_press_puts_its_field_under_the_glass(monkeypatch, axes, wanted):
    told = []
    monkeypatch.setattr(glass_map, "put", lambda page, kind, at: told.append(at))
    monkeypatch.setattr(
        st, "session_state", {"key": SimpleNamespace(selection=SimpleNamespace(points=[{"x": 3, "y": 4 if axes == 2 else 0}]))}
    )
    glass_map._pressed(None, "glass_convolution", "key", axes)  # ty: ignore[invalid-argument-type]
    assert told == [wanted]


def test_the_page_slides_the_glass(client):  # noqa: F811
    app = asked(opened(), "glass_convolution")
    glass_map.put(SimpleNamespace(state=state_of(app)), "glass_convolution", (0, 6))  # ty: ignore[invalid-argument-type]
    app = pressed(app.run(), "Slide on")
    assert not app.exception
    asks = state_of(app).asks["glass_convolution"]
    assert (asks.row, asks.column) == (0, 7)
    assert "row 0, column 7" in " ".join(one.value for one in app.markdown)
    pressed(app, "Slide on")
    asks = state_of(app).asks["glass_convolution"]
    assert (asks.row, asks.column) == (1, 0)
