"""What a changed experiment does to the run on the page."""

from __future__ import annotations

import pytest
from ui_fakes import FakeClient

from explorer.errors import BudgetError, RunError
from explorer.experiment import DATASETS, TASKS, Experiment, changed
from explorer.ui import apply
from explorer.ui.apply import offered
from explorer.ui.session import PageState
from explorer.ui.sidebar import no_images

SPIRAL = Experiment.preset("spiral")
FASTER = changed(SPIRAL, "training.optimizer.learning_rate", 0.1)  # live
RESEEDED = changed(SPIRAL, "seed", 1)  # not live


@pytest.fixture
def client(tmp_path):
    return FakeClient(tmp_path)


@pytest.fixture
def state(client):
    state = PageState()
    apply.start(client, state, SPIRAL, "me")
    return state


def test_the_same_experiment_does_nothing(client, state):
    apply.apply(client, state, SPIRAL, "me", 1)
    assert (len(client.rows), client.commands) == (1, [])


def test_a_live_change_is_sent_to_the_run(client, state):
    first = state.run_id
    apply.apply(client, state, FASTER, "me", 1)
    assert client.commands == [(first, {"command": "change", "experiment": FASTER.to_json()})]
    assert (state.run_id, state.experiment) == (first, FASTER)


def test_another_change_starts_a_new_run_and_stops_the_old_one(client, state):
    first = state.run_id
    apply.apply(client, state, RESEEDED, "me", 1)
    assert (client.rows[first].state, client.rows[state.run_id].state) == ("stopped", "running")
    assert (state.experiment, state.run_id != first) == (RESEEDED, True)


@pytest.mark.parametrize("keep", [True, False])
def test_a_new_run_is_the_heir_of_the_one_before_where_weights_are_to_be_kept(client, state, keep):
    first = state.run_id
    assert client.heirs[first] == ""
    apply.apply(client, state, RESEEDED, "me", 1, keep=keep)
    assert client.heirs[state.run_id] == (first if keep else "")


@pytest.mark.parametrize(("owner", "watchers", "then"), [("me", 2, "running"), ("me", 1, "stopped"), ("somebody", 1, "paused")])
def test_a_run_that_others_watch_goes_on_and_one_of_somebody_else_waits(client, state, owner, watchers, then):
    first = state.run_id
    apply.apply(client, state, RESEEDED, owner, watchers)
    assert client.rows[first].state == then


@pytest.mark.parametrize(("reason", "then"), [("", "paused"), ("paused: nobody was watching for 10 minutes", "running")])
def test_a_run_paused_by_hand_is_followed_by_a_paused_one(client, state, reason, then):
    client.put(state.run_id, state="paused", reason=reason)
    apply.apply(client, state, RESEEDED, "me", 1)
    assert client.rows[state.run_id].state == then


def test_what_is_too_large_changes_nothing(client, state):
    first = state.run_id
    huge = changed(SPIRAL, "networks.model.layers.0.out_features", 1_000_000)
    huge = changed(huge, "networks.model.layers.2.out_features", 1_000_000)
    with pytest.raises(BudgetError, match="one network may have"):
        apply.apply(client, state, huge, "me", 1)
    assert (state.experiment, state.run_id, len(client.rows)) == (SPIRAL, first, 1)


def test_a_run_that_cannot_be_started_changes_nothing(client, state):
    first = state.run_id
    client.refuse = "Too many runs."
    with pytest.raises(RunError, match="Too many runs"):
        apply.apply(client, state, RESEEDED, "me", 1)
    assert (state.experiment, state.run_id) == (SPIRAL, first)


def test_a_run_that_is_gone_is_replaced(client, state):
    client.rows.clear()
    apply.apply(client, state, FASTER, "me", 1)
    assert client.rows[state.run_id].experiment == FASTER.to_json()


def test_only_losses_for_the_data_are_offered():
    assert offered(SPIRAL, "task.loss", ["cross_entropy", "mse"], lambda data: True) == ["cross_entropy"]
    again = changed(SPIRAL, "task", {"kind": "reconstruction"})
    assert offered(again, "task.loss", ["cross_entropy", "mse"], lambda data: True) == ["mse"]


def test_only_tasks_that_suit_the_data_are_offered():
    assert offered(SPIRAL, "task", list(TASKS), lambda data: True) == ["classification", "reconstruction"]  # not gan: it needs two networks
    tide = changed(SPIRAL, "data", {"kind": "sine_mixture"})
    assert offered(tide, "task", list(TASKS), lambda data: True) == ["forecasting", "reconstruction"]


def test_data_sets_are_offered_with_points_first_and_only_if_they_suit():
    kinds = offered(SPIRAL, "data", ["iris", "digits", "spiral", "curve"], lambda data: data.image_shape is None)
    assert kinds == ["spiral", "curve", "iris"]


def test_the_playground_offers_neither_pictures_nor_rows_of_anything():
    kinds = offered(SPIRAL, "data", list(DATASETS), no_images)
    assert {"spiral", "curve", "tips"} <= set(kinds)
    assert not {"digits", "sort", "python_text", "sine_mixture", "wave_shapes"} & set(kinds)


@pytest.mark.parametrize(("step", "then"), [(120, "running"), (0, "stopped")])
def test_coming_back_plays_a_run_that_had_begun_and_no_other(client, state, step, then):
    left = client.start(RESEEDED, owner="me")
    client.put(state.run_id, state="stopped", step=step)
    apply.go_back(client, left, client.run(state.run_id), "me", watchers=1)
    assert client.run(state.run_id).state == then
    assert client.run(left).state == "stopped"
