"""Every page runs from a fresh session, and links, presets, forms and edits do what they say."""

from __future__ import annotations

import base64
import zlib

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeClient

from explorer.experiment import Experiment, changed
from explorer.ui import session
from explorer.ui.live_page import catalogue
from explorer.ui.navigation import discover_pages
from explorer.ui.server import MAIN

SPIRAL = Experiment.preset("spiral")
XOR = Experiment.preset("xor")


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    return fake


def opened(page: str = "playground", **link) -> AppTest:
    """A fresh visit of one page."""
    app = AppTest.from_string(f"from pages.{page} import render\nrender()", default_timeout=120)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def state_of(app: AppTest, page: str = "playground") -> session.PageState:
    return app.session_state[session.KEY].pages[page]


def link_of(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


@pytest.mark.parametrize("found", discover_pages(), ids=lambda found: found.name)
def test_every_page_runs_from_a_fresh_session(found, client):
    app = opened(found.name)
    assert not app.exception
    assert not app.error


def test_pages_are_in_order_and_the_first_is_the_playground():
    assert [found.name for found in discover_pages()][:4] == ["playground", "data", "build", "digits"]


def test_the_whole_app_opens_on_the_first_page(client):
    app = AppTest.from_file(str(MAIN), default_timeout=120).run()
    assert not app.exception
    assert app.session_state[session.KEY].page == "playground"


def test_the_first_visit_trains_the_default_preset(client):
    app = opened()
    (row,) = client.runs()
    assert (row.state, row.experiment) == ("running", catalogue("playground")["spiral"].experiment.to_json())
    assert link_of(app) == {"x": SPIRAL.to_url(), "run": row.id}


def test_a_rerun_starts_nothing_more(client):
    opened().run().run()
    assert len(client.runs()) == 1


def test_a_link_opened_elsewhere_shows_the_same_run(client):
    run_id = client.start(XOR, owner="somebody")
    app = opened(x=SPIRAL.to_url(), run=run_id)
    assert (state_of(app).run_id, state_of(app).experiment) == (run_id, XOR)  # the run is the truth
    assert len(client.runs()) == 1


def test_a_link_whose_run_is_gone_trains_the_same_experiment_anew(client):
    app = opened(x=XOR.to_url(), run="gone000000000000")
    assert state_of(app).experiment == XOR
    assert "is gone" in app.warning[0].value
    assert client.runs()[0].experiment == XOR.to_json()


@pytest.mark.parametrize(
    "token",
    [
        SPIRAL.to_url()[:-15],
        "tampered" + SPIRAL.to_url()[8:],
        base64.urlsafe_b64encode(zlib.compress(b'{"schema_version": 0}')).decode(),
        "x" * 500_000,
    ],
    ids=["truncated", "tampered", "old version", "500 kB: Streamlit itself drops longer ones"],
)
def test_a_damaged_link_is_explained_and_the_default_is_shown(client, token):
    app = opened(x=token)
    assert len(app.warning) == 1
    assert state_of(app).experiment == SPIRAL
    assert link_of(app)["x"] == SPIRAL.to_url()


def test_a_link_to_what_is_too_large_is_explained(client):
    huge = changed(SPIRAL, "networks.model.layers.0.out_features", 1_000_000)
    app = opened(x=changed(huge, "networks.model.layers.2.out_features", 1_000_000).to_url())
    assert "one network may have 20,000,000" in app.warning[0].value
    assert state_of(app).experiment == SPIRAL


def test_back_in_the_browser_goes_back(client):
    app = opened()
    before = link_of(app)
    client.put(before["run"], step=50)
    app.selectbox(key="playground.preset").set_value("xor").run()
    assert state_of(app).experiment == XOR
    for name, value in before.items():
        app.query_params[name] = value
    app.run()
    assert state_of(app).experiment == SPIRAL
    assert {row.id: row.state for row in client.runs()} == {before["run"]: "running", client.runs()[1].id: "stopped"}


def test_a_page_switch_drops_the_link_and_it_is_written_again(client):
    app = opened()
    before = link_of(app)
    app.query_params.clear()
    app.run()
    assert link_of(app) == before
    assert len(client.runs()) == 1


def test_a_preset_says_what_to_look_for(client):
    app = opened()
    app.selectbox(key="playground.preset").set_value("xor").run()
    assert catalogue("playground")["xor"].look_for in [caption.value for caption in app.caption]


def test_the_learning_rate_changes_in_the_run(client):
    app = opened()
    app.select_slider(key="playground.training.optimizer.learning_rate").set_value(0.1).run()
    assert [command["command"] for _, command in client.commands] == ["change"]
    assert state_of(app).experiment.training.optimizer.learning_rate == 0.1
    assert len(client.runs()) == 1


def test_another_data_set_starts_a_new_run_with_the_task_that_suits(client):
    app = opened()
    app.selectbox(key="playground.data.kind").set_value("diabetes").run()
    assert state_of(app).experiment.task.kind == "regression"
    assert [row.state for row in client.runs()] == ["stopped", "running"]
    assert not app.error


def test_a_change_that_is_refused_is_explained_there_and_the_widget_goes_back(client):
    app = opened()
    client.refuse = "This run is busy."
    app.select_slider(key="playground.training.batch_size").set_value(100).run()
    assert [error.value for error in app.error] == ["This run is busy."]
    assert app.select_slider(key="playground.training.batch_size").value == SPIRAL.training.batch_size
    client.refuse = ""
    app.select_slider(key="playground.training.batch_size").set_value(100).run()
    assert not app.error


def test_a_change_made_in_the_picture_is_followed(client):
    app = opened()
    client.put(client.runs()[0].id, experiment=changed(SPIRAL, "training.optimizer.learning_rate", 0.3).to_json())
    app.run()
    assert app.select_slider(key="playground.training.optimizer.learning_rate").value == 0.3


def test_painted_points_are_not_counted_with_a_slider(client):
    app = opened()
    assert "playground.data.size" in {slider.key for slider in app.select_slider}
    app.selectbox(key="playground.data.kind").set_value("painted").run()
    assert "playground.data.size" not in {slider.key for slider in app.select_slider}


def test_plain_coordinates_are_shown_as_chosen_and_stay_the_default(client):
    app = opened()
    pills = app.pills(key="playground.data.features")
    assert pills.value == ["x", "y"]
    pills.set_value(["x", "y", "xy"]).run()
    assert state_of(app).experiment.data.features == ("x", "y", "xy")


def test_when_no_run_can_be_started_the_page_says_so_and_offers_to_try_again(client):
    client.refuse = "No room for another run."
    app = opened()
    assert not app.exception
    assert "No room for another run." in [one.value for one in (*app.error, *app.warning)]
    client.refuse = ""
    next(button for button in app.button if button.label == "Start a run").click().run()
    assert len(client.runs()) == 1
    assert not app.error


def studied(tab: str) -> AppTest:
    """The playground with one tab of its study area open."""
    app = opened()
    app.session_state["playground.study"] = True
    app.session_state["playground.study.tab"] = tab
    return app.run()


@pytest.mark.parametrize("tab", ["Curves", "Mistakes", "Layers", "Experiment", "Share"])
def test_every_tab_of_the_study_area_can_be_opened(client, tab):
    app = studied(tab)
    assert not app.exception
    assert not app.error


def test_the_layers_are_listed_with_their_costs(client):
    table = studied("Layers").dataframe[0].value
    assert list(table["parameters"]) == [24, 0, 72, 0, 72, 0, 9]
    assert list(table["layer"])[:2] == ["Linear", "Tanh"]


def test_the_share_link_is_the_link_of_the_page(client):
    app = studied("Share")
    assert f"x={SPIRAL.to_url()}&run={state_of(app).run_id}" in app.code[0].value


def test_an_experiment_is_taken_from_json(client):
    app = studied("Experiment")
    assert Experiment.from_json(app.code[0].value) == SPIRAL
    app.text_area[0].set_value(XOR.to_json()).run()
    next(button for button in app.button if button.label == "Use it").click().run()
    assert state_of(app).experiment == XOR


@pytest.mark.parametrize(
    ("text", "words"), [('{"schema_version"', "not complete JSON"), ('{"schema_version": 7}', "version 7"), ("{}", "version")]
)
def test_json_that_is_no_experiment_is_explained_there(client, text, words):
    app = studied("Experiment")
    app.text_area[0].set_value(text).run()
    next(button for button in app.button if button.label == "Use it").click().run()
    assert words in app.error[0].value
    assert state_of(app).experiment == SPIRAL


def test_the_two_live_pages_keep_their_own_experiments(client):
    app = AppTest.from_string(
        "import streamlit as st\nfrom pages import digits, playground\n(digits if st.session_state.get('d') else playground).render()",
        default_timeout=120,
    ).run()
    app.session_state["d"] = True
    app.query_params.clear()
    app.run()
    assert state_of(app, "playground").experiment == SPIRAL
    assert state_of(app, "digits").experiment == Experiment.preset("digits_cnn")
    assert len(client.runs()) == 2


def test_the_reference_finds_words(client):
    app = opened("reference")
    everything = int(app.caption[0].value.split()[0])
    app.text_input[0].set_value("momentum").run()
    assert 1 <= int(app.caption[0].value.split()[0]) < everything
