"""How the Data page shows what was set aside."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeClient

from explorer.experiment import DATASETS, Experiment
from explorer.profiles.profile import UNVALIDATED, VALIDATED
from explorer.ui import data_page, session
from explorer.ui.edits import with_data

TABS = list(data_page.TABS)


@pytest.fixture(autouse=True)
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    return fake


def opened(tab: str, kind: str = "iris", **fields) -> AppTest:
    experiment = with_data(Experiment.preset("digits_cnn"), kind)
    app = AppTest.from_string("from pages.data import render\nrender()", default_timeout=120)
    app.query_params["x"] = experiment.model_copy(update={"data": DATASETS[kind](**fields)}).to_url()
    app.session_state["data.tab"] = tab
    return app.run()


def text_of(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(one.value for one in (*app.markdown, *app.caption, *app.warning))


def test_the_division_and_what_to_choose_by_are_said():
    words = text_of(opened(TABS[2], validation_fraction=0.2))
    assert "84 to train on, 21 for validation (14%), 45 to test on (30%)." in words
    assert VALIDATED in words
    assert "**84** examples to train on, **21** to choose by, **45** to test on" in words
    assert UNVALIDATED in text_of(opened(TABS[2]))


@pytest.mark.parametrize(("tab", "where"), [(TABS[0], "examples"), (TABS[3], "one")])
def test_the_examples_of_the_validation_part_are_shown_until_it_is_given_up(tab, where):
    app = opened(tab, validation_fraction=0.2)
    control = app.button_group(key=f"data.{where}.part")
    assert list(control.options) == ["Training", "Validation", "Test"]
    control.set_value("validation").run()
    assert not app.exception
    assert app.session_state[f"data.{where}.part"] == "validation"
    app.select_slider(key="data.data.validation_fraction").set_value(0.0).run()
    assert not app.exception
    assert "to choose by" not in app.markdown[0].value
    assert list(app.button_group(key=f"data.{where}.part").options) == ["Training", "Test"]


def test_a_split_that_leaves_a_class_out_is_explained_and_shown():
    app = opened(TABS[2], split="in_order", validation_fraction=0.2)
    assert "virginica" in app.warning[0].value
    assert "setosa, versicolor. No score there says how well that is answered." in text_of(app)


@pytest.mark.parametrize("kind", ["moons", "curve", "plane", "digits", "diabetes", "part_of_speech", "sine_mixture", "ratings", "wine"])
@pytest.mark.parametrize("tab", TABS)
def test_every_kind_of_data_is_shown_with_a_validation_part(kind, tab):
    assert "to choose by" in text_of(opened(tab, kind, validation_fraction=0.25, size=80))
