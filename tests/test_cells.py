"""Fields of pictures that are pressed, and the glass that opens on them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
import torch
from test_inside_page import asked, client, headings, opened, state_of  # noqa: F401
from test_inspections_contract import run_of

from explorer.inspections import INSPECTIONS
from explorer.inspections.places import inputs_of, outputs_at, places, units_first
from explorer.plots.inspections import figures
from explorer.plots.inspections.pressing import CELLS, MOST, with_cells
from explorer.results.inspected import Inspected
from explorer.ui import cells, inside


def looked(name: str, layer: str, **fields: object) -> Inspected:
    return INSPECTIONS["activations"](layer=layer, **fields).look(run_of(name))


@pytest.mark.parametrize(("name", "layer"), [("digits_cnn", "conv2d_2"), ("digits_cnn", "linear_1"), ("build_08_lstm", "lstm_1")])
def test_every_field_tells_the_number_that_the_layer_gives_there(name, layer):
    training = run_of(name)
    found = looked(name, layer, example=3, count=2)
    told = np.concatenate([figure.data[-1].customdata for figure in figures(found).values()])
    x = inputs_of(training, "model", np.arange(5))
    outputs = units_first(outputs_at(training, [places(training)[layer]], x)[layer])
    wanted = [float(outputs[tuple(map(int, row[:-1]))]) for row in told]
    np.testing.assert_allclose(told[:, -1], wanted, atol=1e-6)
    assert len(told) == outputs[3:5].numel()
    assert set(told[:, 0]) == {3, 4}


def test_a_dot_lies_on_the_field_whose_number_it_tells():
    for figure in figures(looked("digits_cnn", "conv2d_1", count=2)).values():
        picture, dots = figure.data[0], figure.data[-1]
        assert figure.layout.meta == CELLS
        np.testing.assert_array_equal(np.array(picture.customdata)[dots.y, dots.x], dots.customdata[:, -1].astype(np.float32))


def test_of_a_large_picture_every_field_tells_its_place_in_the_whole():
    values = torch.arange(130.0 * 70).reshape(1, 1, 130, 70)
    facts = {"layer": "conv2d_1", "form": "maps", "units": 1, "apart": [3, 2], "captions": ["test example 0"], "steps": [], "names": ["0"]}
    arrays = {"values": values[..., ::3, ::2].numpy(), "units": np.array([0]), "examples": np.array([0]), "limits": np.ones(1)}
    (figure,) = figures(Inspected("activations", 0, (), facts, arrays)).values()
    for _, unit, row, column, value in figure.data[-1].customdata[::50]:
        assert values[0, int(unit), int(row), int(column)] == value


def test_a_picture_of_too_many_fields_is_only_looked_at():
    (figure,) = figures(looked("digits_cnn", "conv2d_1")).values()
    before = len(figure.data)
    bare = with_cells(figure, np.zeros(MOST + 1), np.zeros(MOST + 1), np.zeros((MOST + 1, 5)))
    assert len(bare.data) == before


@pytest.mark.parametrize(
    ("layer", "kind"),
    [("conv2d_1", "glass_convolution"), ("max_pool2d_1", "glass_pooling"), ("linear_1", "glass_linear"), ("relu_1", ""), ("gone", "")],
)
def test_the_glass_that_opens_is_the_one_for_the_layer(layer, kind):
    training = run_of("digits_cnn")
    offers = {name: {"reason": one.reason_not(training), "choices": one.choices(training)} for name, one in INSPECTIONS.items()}
    assert cells.glass_for(offers, layer) == kind


def test_a_press_opens_the_glass_on_that_number_and_the_choice_is_carried_on(client, monkeypatch):  # noqa: F811
    app = asked(opened(), "activations")
    page, key = SimpleNamespace(state=state_of(app)), "chart"
    chart = SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": {"0": 2, "1": 3, "2": 4, "3": 5, "4": -0.5}}]))
    with monkeypatch.context() as patch:
        patch.setattr(st, "session_state", {key: chart})
        cells._pressed(page, "glass_convolution", "conv2d_1", key)  # ty: ignore[invalid-argument-type]
    app.run()
    assert not app.exception
    assert headings(app)[-1].startswith(INSPECTIONS["glass_convolution"].title())
    assert "unit 3 at row 4, column 5" in " ".join(one.value for one in app.markdown)
    assert state_of(app).seen.values["example"] == 2
    app.selectbox(key="inside.group").set_value("Weights").run()
    assert state_of(app).seen.values["layer"] == "conv2d_1"
    assert inside.INSPECTIONS[state_of(app).asking].group == "Weights"
