"""The Explain page: what is selected, which methods are offered, the answers of a small real training, and the trials beside a map."""

from __future__ import annotations

from types import SimpleNamespace
from typing import ClassVar

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import RECORDED, FakeClient

from explorer.errors import RunError, SpecError
from explorer.experiment import Experiment
from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.selection import Selection
from explorer.ui import explaining, live_page, session, way_inside
from explorer.ui.carried import TEST_EXAMPLE, Seen
from explorer.ui.explaining import GROUPS, as_wav, source_of
from explorer.ui.question_link import written
from explorer.ui.server import MAIN
from pages.explain import LIVE


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    explaining._known.cache_clear()
    return fake


def opened(preset: str = LIVE.default) -> AppTest:
    app = AppTest.from_string("from pages.explain import render\nrender()", default_timeout=300)
    app.query_params["x"] = Experiment.preset(preset).to_url()
    return app.run()


def state_of(app: AppTest, page: str = "explain") -> session.PageState:
    return app.session_state[session.KEY].pages[page]


def asked(app: AppTest, kind: str) -> AppTest:
    state_of(app).asking = kind
    return app.run()


def text_of(app: AppTest) -> str:
    return " ".join(one.value for one in (*app.markdown, *app.caption))


def test_every_explanation_has_its_place_in_the_menu():
    assert {kind.group for kind in EXPLANATIONS.values()} == set(GROUPS)


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_every_explanation_names_its_source(name):
    assert source_of(EXPLANATIONS[name]).startswith("(")


def test_a_fresh_visit_explains_an_example_and_puts_the_map_on_trial(client):
    app = opened()
    assert not app.exception
    headings = [one.value for one in app.subheader]
    assert headings[0] == f"Integrated gradients at step {RECORDED[-1]}"
    assert headings[1].startswith("On trial")
    assert "| Completeness |" in text_of(app)
    assert len(app.get("plotly_chart")) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("preset", LIVE.presets)
def test_every_method_that_is_quick_and_offered_answers_with_figures_and_words(client, preset):
    app = opened(preset)
    offers = client.explainable(state_of(app).run_id, -1, {})["offers"]
    quick = [name for name, offer in offers.items() if not offer["reason"] and not EXPLANATIONS[name].slow]
    assert len(quick) > 8
    for name in quick:
        asked(app, name)
        assert not app.exception, name
        assert not app.warning, (name, app.warning[0].value)
        found = [one.value for one in app.subheader]
        assert found[0].startswith(EXPLANATIONS[name].title())
        assert (len(found) == 2) == (issubclass(EXPLANATIONS[name], Map) and "unit" not in EXPLANATIONS[name].wants)


def test_another_example_and_answer_are_explained(client):
    app = opened()
    app.number_input(key="explain.selection.example").set_value(7).run()
    app.selectbox(key="explain.selection.target").set_value("8").run()
    assert state_of(app).selection == Selection(example=7, target="8")
    assert "test example 7" in text_of(app)
    assert "the answer '8'" in text_of(app)


def test_a_field_that_is_changed_together_with_the_method_stays_with_its_own(client):
    app = opened()
    app.selectbox(key="explain.method").set_value("saliency")
    app.select_slider(key="explain.ask.steps").set_value(100)
    app.run()
    assert not app.exception
    assert app.subheader[0].value.startswith("Saliency at step")
    assert state_of(app).asks["integrated_gradients"].steps == 100


def test_what_a_menu_says_that_is_no_longer_there_changes_nothing(client):
    app = opened()
    offers = client.explainable(state_of(app).run_id, -1, {})["offers"]
    page = SimpleNamespace(state=state_of(app))
    for forgotten in ("Shapley values", "shapley_sampling"):  # a title, and a method of another group
        explaining._set(page, offers, "integrated_gradients", explaining.METHOD, forgotten)
        assert page.state.asking == "integrated_gradients"
    explaining._set(page, offers, "integrated_gradients", explaining.METHOD, "saliency")
    assert page.state.asking == "saliency"


def test_a_run_that_is_first_recorded_while_the_page_is_drawn_is_explained(client, monkeypatch):
    real, began = client.film, []

    def explainable(run_id, step, selection):
        if not began:
            began.append(run_id)  # from now on something is recorded
            raise RunError("Nothing of this run has been recorded yet.")
        return FakeClient.explainable(client, run_id, step, selection)

    monkeypatch.setattr(client, "film", lambda run_id: real(run_id) if began else [])
    monkeypatch.setattr(client, "explainable", explainable)
    app = opened()
    assert began
    assert not app.info
    assert app.subheader[0].value.startswith("Integrated gradients at step")


def test_an_answer_is_only_chosen_where_that_means_something(client):
    app = asked(opened("explain_gpt"), "generated_text")
    assert not app.exception
    assert app.subheader[0].value.startswith("Generated text at step")
    assert "explain.selection.target" not in {one.key for one in app.selectbox}
    assert "explain.selection.place" not in {one.key for one in app.slider}
    app = asked(app, "saliency")
    assert "explain.selection.target" in {one.key for one in app.selectbox}


def test_a_link_that_asks_something_is_followed(client):
    wanted = session.PageState(asking="saliency", asks={"saliency": EXPLANATIONS["saliency"](signs=True)}, selection=Selection(example=4))
    app = AppTest.from_string("from pages.explain import render\nrender()", default_timeout=300)
    app.query_params["x"], app.query_params["q"] = Experiment.preset(LIVE.default).to_url(), written(wanted)
    app.run()
    assert not app.exception
    assert app.subheader[0].value.startswith("Saliency at step")
    assert app.number_input(key="explain.selection.example").value == 4
    assert state_of(app).asks["saliency"].signs


def test_a_link_whose_question_is_damaged_opens_the_page_and_says_so_until_something_else_is_asked(client):
    app = AppTest.from_string("from pages.explain import render\nrender()", default_timeout=300)
    app.query_params["x"], app.query_params["q"] = Experiment.preset(LIVE.default).to_url(), "%%%"
    app.run()
    assert not app.exception
    assert "cannot be read" in app.warning[0].value
    assert app.subheader[0].value.startswith("Integrated gradients at step")
    app.selectbox(key="explain.method").set_value("saliency").run()
    assert not app.warning


def test_an_example_that_is_not_there_is_said_and_the_page_stays(client):
    app = opened()
    app.number_input(key="explain.selection.example").set_value(1_000_000).run()
    assert "There is no test example 1000000" in app.warning[0].value
    app.number_input(key="explain.selection.example").set_value(-3).run()
    assert "example" in app.error[0].value
    app.number_input(key="explain.selection.example").set_value(2).run()
    assert not app.warning
    assert not app.error
    assert "test example 2" in text_of(app)


def test_a_field_out_of_its_range_is_explained_and_nothing_changes(client):
    app = asked(opened(), "tcav")
    app.text_input(key="explain.ask.numbers").set_value("3" * 5000).run()
    assert not app.exception
    assert "numbers" in app.error[0].value
    assert state_of(app).asks["tcav"] == EXPLANATIONS["tcav"]()


def test_the_next_wrong_example_is_one_that_is_answered_wrong(client):
    app = opened()
    wrong = client.explainable(state_of(app).run_id, -1, {})["wrong"]
    next(one for one in app.button if one.label == "Next wrong").click().run()
    assert state_of(app).selection.example == next(one for one in wrong if one > 0)
    assert not app.exception


def test_what_does_not_fit_is_not_offered_and_says_why(client):
    app = opened("explain_words")
    app.selectbox(key="explain.group").set_value("Layers and units").run()
    assert "Grad-CAM" not in app.selectbox(key="explain.method").options
    assert "Conductance of a layer" in app.selectbox(key="explain.method").options
    assert "**Grad-CAM.**" in text_of(app)


def test_a_slow_explanation_is_started_by_hand_and_given_up(client):
    app = asked(opened(), "importance")
    client.shares = [0.4]
    next(one for one in app.button if one.label == "Work it out").click().run()
    assert not app.exception
    next(one for one in app.button if one.label == "Give up").click().run()
    assert client.cancelled
    assert any(one.label == "Work it out" for one in app.button)


def test_why_a_slow_explanation_failed_is_said_and_it_is_not_begun_anew_by_itself(client, monkeypatch):
    app, calls = asked(opened(), "importance"), []

    def inspect(*args, **more):
        calls.append(more)
        if len(calls) == 1:
            return 0.4
        raise SpecError("concept: no concept is offered.")

    monkeypatch.setattr(client, "inspect", inspect)
    next(one for one in app.button if one.label == "Work it out").click().run()
    assert "no concept is offered" in app.warning[0].value
    app.run()
    assert "no concept is offered" in app.warning[0].value
    assert len(calls) == 2
    assert any(one.label == "Work it out" for one in app.button)


def test_a_map_is_cross_examined_at_one_click_with_its_settings(client):
    app = asked(opened(), "integrated_gradients")
    state_of(app).asks["integrated_gradients"] = EXPLANATIONS["integrated_gradients"](steps=20)
    app.run()
    next(one for one in app.button if one.label == "Cross-examine").click().run()
    wanted = state_of(app).asks["cross_examination"]
    assert state_of(app).asking == "cross_examination"
    assert wanted.method == "integrated_gradients"
    assert ("steps", 20) in wanted.settings
    assert any(one.label == "Work it out" for one in app.button)
    assert not app.exception


def test_the_ways_between_the_pages_carry_what_is_looked_at(client, monkeypatch):
    gone = []
    monkeypatch.setattr(way_inside.navigation, "go", lambda name, **query: gone.append(name))
    app = opened()
    state_of(app).selection = Selection(example=5, layer="conv2d_2", unit=3)
    app.run()
    next(one for one in app.button if one.label == "Look inside").click().run()
    seen = state_of(app, "inside").seen
    assert gone == ["inside"]
    assert seen.values == {"example": 5, "layer": "conv2d_2", "unit": 3}
    assert seen.selected(Selection()) == Selection(example=5, layer="conv2d_2", unit=3)


def test_a_training_example_is_not_taken_for_a_test_example():
    seen = Seen()
    seen.select(Selection(part="training", example=9))
    assert "example" not in seen.values
    seen.values, seen.meanings = {"example": 4}, {"example": "number of the training example"}
    assert seen.selected(Selection()).example == 0
    seen.meanings = {"example": TEST_EXAMPLE}
    assert seen.selected(Selection(part="training")) == Selection(example=4)


def test_sound_is_written_as_a_wave_file():
    import io
    import wave

    import numpy as np

    sound = np.array([0, 1000, -1000, 32767], np.int16)
    with wave.open(io.BytesIO(as_wav(sound, 8000))) as read:
        assert (read.getframerate(), read.getnchannels(), read.getnframes()) == (8000, 1, 4)
        assert np.frombuffer(read.readframes(4), "<i2").tolist() == sound.tolist()


def test_the_page_is_in_the_app(client):
    app = AppTest.from_file(MAIN, default_timeout=300).run()
    assert not app.exception


@pytest.mark.parametrize(("sent", "drawn"), [(("new", "run2"), 1), (("old", "run1"), 0)])
def test_a_page_is_drawn_anew_only_once_the_browser_knows_its_link(monkeypatch, sent, drawn):
    class Browser:
        query_params: ClassVar[dict] = dict(zip(("x", "run"), sent, strict=True))
        times = 0

        def rerun(self) -> None:
            self.times += 1

    class Shown:
        state = session.PageState(written=("new", "run2"))

    browser = Browser()
    monkeypatch.setattr(live_page, "st", browser)
    live_page.redraw(Shown())
    assert browser.times == drawn
