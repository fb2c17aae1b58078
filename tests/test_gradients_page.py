"""The page of vanishing gradients: vanishing is seen and cured, runs are compared, the map marks the choice."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeClient

from explorer.errors import RunError
from explorer.experiment import Experiment
from explorer.experiment.stack import Stack, stack_of
from explorer.ui import session, vanishing


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    vanishing._accuracies.cache_clear()
    return fake


@pytest.fixture
def nothing_mapped(monkeypatch):
    """No map was worked out before; other tests share those there are."""
    monkeypatch.setattr(vanishing, "_MAPS", OrderedDict())


def opened(**link) -> AppTest:
    app = AppTest.from_string("from pages.gradients import render\nrender()", default_timeout=120)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def state_of(app: AppTest) -> session.PageState:
    return app.session_state[session.KEY].pages["gradients"]


def stack_on(app: AppTest) -> Stack | None:
    return stack_of(state_of(app).experiment.networks["model"])


def headline(app: AppTest) -> str:
    return next(one.value for one in app.markdown if one.value.startswith("####"))


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_it_opens_on_a_network_whose_gradient_vanishes(client, nothing_mapped):
    app = opened()
    assert not app.exception
    assert stack_on(app) == Stack()
    assert "gradient is 1/10⁸ of the last one's" in headline(app)
    assert any("It vanishes on the way back" in one.value for one in app.markdown)
    assert any("median of 3 networks" in one.value for one in app.caption)


def test_a_cure_is_a_new_run_drawn_beside_the_old_one(client):
    app = press(opened(), "ReLU and He weights")
    assert [row.state for row in client.runs()] == ["stopped", "running"]
    assert stack_on(app) == Stack(activation="relu")
    assert state_of(app).experiment.networks["model"].initialisation.kind == "kaiming_normal"
    assert state_of(app).trail == [row.id for row in client.runs()]
    table = app.dataframe[0].value
    assert list(table["network"]) == ["12 ReLU, Kaiming normal", "12 Sigmoid, Xavier uniform (before)"]
    assert list(table["first / last gradient"])[1].startswith("1/10")
    assert next(button for button in app.button if button.label == "ReLU and He weights").disabled


def test_at_most_four_runs_are_compared_and_the_present_one_is_the_last(client):
    app = opened()
    for depth in (3, 4, 5, 6):
        app = app.slider(key="gradients.stack.depth").set_value(depth).run()
    assert stack_on(app).depth == 6
    assert state_of(app).trail == [row.id for row in client.runs()][-4:]
    assert len(app.dataframe[0].value) == 4


@pytest.mark.slow
def test_every_choice_builds_the_stack_anew(client):
    app = opened()
    app = app.selectbox(key="gradients.stack.activation").set_value("tanh").run()
    app = app.selectbox(key="gradients.stack.normalisation").set_value("layer_norm").run()
    app = app.toggle(key="gradients.stack.residual").set_value(True).run()
    app = app.selectbox(key="gradients.networks.model.initialisation.kind").set_value("orthogonal").run()
    assert not app.exception
    assert not app.error
    assert stack_on(app) == Stack(activation="tanh", normalisation="layer_norm", residual=True)
    assert state_of(app).experiment.networks["model"].initialisation.kind == "orthogonal"


def test_points_of_the_plane_need_no_flatten(client):
    app = opened().selectbox(key="gradients.data.kind").set_value("moons").run()
    assert not app.error
    assert stack_on(app) == Stack()
    assert state_of(app).experiment.networks["model"].layers[0].kind == "linear"


def test_the_learning_rate_changes_in_the_run(client):
    app = opened()
    app.select_slider(key="gradients.training.optimizer.learning_rate").set_value(0.3).run()
    assert len(client.runs()) == 1
    assert client.commands[-1][1]["command"] == "change"


def test_the_slider_decides_which_step_is_measured(client):
    app = opened()
    state_of(app).moment = 0
    app = app.run()
    assert headline(app).startswith("#### Step 0:")


def test_a_network_that_is_no_stack_is_measured_all_the_same(client):
    app = opened(x=Experiment.preset("build_03_lenet").to_url())
    assert not app.exception
    assert "the first layer's gradient is" in headline(app)
    assert any("no plain stack" in one.value for one in app.caption)
    app = app.slider(key="gradients.stack.depth").set_value(4).run()
    assert not app.error
    assert stack_on(app) == Stack(depth=4)


@pytest.mark.slow
def test_the_map_is_worked_out_once_for_all_depths(client, nothing_mapped):
    app = opened()
    assert len(vanishing._MAPS) == 1
    app = app.slider(key="gradients.stack.depth").set_value(4).run()
    assert len(vanishing._MAPS) == 1
    app.toggle(key="gradients.stack.residual").set_value(True).run()
    assert len(vanishing._MAPS) == 2


def test_the_map_shows_how_far_it_is(client, nothing_mapped):
    client.shares = [0.4]
    app = opened()
    assert not app.exception
    assert not vanishing._MAPS


def test_a_map_that_cannot_be_worked_out_is_explained_and_can_be_tried_again(client, nothing_mapped, monkeypatch):
    look = client.inspect

    def refuse(run_id, step, ask, slow=False):
        if slow:
            raise RunError("There is no room for another question.")
        return look(run_id, step, ask)

    monkeypatch.setattr(client, "inspect", refuse)
    app = opened()
    assert [one.value for one in app.warning] == ["There is no room for another question."]
    monkeypatch.setattr(client, "inspect", look)
    app = press(app, "Try again")
    assert not app.warning
    assert len(vanishing._MAPS) == 1


def test_every_control_says_what_it_does(client):
    app = opened()
    for kind in ("slider", "select_slider", "selectbox", "toggle", "button", "number_input"):
        assert all(one.help for one in app.get(kind)), kind
