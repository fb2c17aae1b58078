"""What the editor in the browser makes of an experiment, step by step."""

from __future__ import annotations

import json

import pytest

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.ui import drafts
from explorer.ui.builder.drawing import drawing
from explorer.ui.builder.edits import ACTIONS, edited, layer_of, selection_after, with_layer
from explorer.ui.session import PageState

CNN = Experiment.preset("digits_cnn")


def kinds(experiment: Experiment) -> list[str]:
    return [layer.kind for layer in experiment.networks["model"].layers]


def ids(experiment: Experiment) -> list[str]:
    return [layer.id for layer in experiment.networks["model"].walk()]


def edit(experiment: Experiment, **what) -> Experiment:
    return edited(experiment, {"role": "model", **what})


def test_a_layer_is_inserted_where_the_browser_says():
    after = edit(CNN, action="insert", kind="dropout", block="", body=0, index=1)
    assert kinds(after)[:3] == [kinds(CNN)[0], "dropout", kinds(CNN)[1]]


def test_a_layer_is_wrapped_and_unwrapped():
    wrapped = edit(CNN, action="wrap", kind="residual", id="conv2d_2")
    assert "residual_1" in ids(wrapped)
    assert edit(wrapped, action="unwrap", id="residual_1") == CNN


def test_an_emptied_network_keeps_its_initialisation():
    after = edit(CNN, action="clear")
    assert after.networks["model"].layers == ()
    assert after.networks["model"].initialisation == CNN.networks["model"].initialisation


@pytest.mark.parametrize("action", ACTIONS)
def test_an_edit_that_makes_no_sense_is_refused_in_words(action):
    if action == "clear":  # needs nothing to be said
        return
    for nonsense in ({}, {"id": "nobody"}, {"id": None, "kind": "nothing"}, {"kind": "relu", "block": "x", "body": "y", "index": []}):
        with pytest.raises(SpecError, match=r"\.$"):
            edit(CNN, action=action, **nonsense)


def test_an_unknown_edit_and_an_unknown_network_are_refused():
    with pytest.raises(SpecError, match="no edit named 'explode'"):
        edit(CNN, action="explode")
    with pytest.raises(SpecError, match="no network named 'critic'"):
        edited(CNN, {"action": "clear", "role": "critic"})


def test_a_field_is_set_and_a_bad_value_refused():
    assert layer_of(with_layer(CNN, "model", "conv2d_1", "out_channels", 5), "conv2d_1")[1].out_channels == 5
    with pytest.raises(SpecError, match=r"Conv2d: out_channels"):
        with_layer(CNN, "model", "conv2d_1", "out_channels", 0)


def test_the_new_layer_is_selected_and_a_lost_selection_goes_to_the_neighbour():
    before = CNN.networks["model"]
    longer = edit(CNN, action="duplicate", id="relu_1").networks["model"]
    assert selection_after(before, longer, "relu_1") not in ids(CNN)
    shorter = edit(CNN, action="delete", id="relu_1").networks["model"]
    assert selection_after(before, shorter, "relu_1") == "conv2d_1"
    assert selection_after(before, edit(CNN, action="clear").networks["model"], "relu_1") == ""
    wrapped = edit(CNN, action="wrap", kind="repeat", id="relu_1").networks["model"]
    assert selection_after(wrapped, before, "repeat_1") == "relu_1"


def test_undo_and_redo_walk_through_every_change():
    state, seen = PageState(experiment=CNN), [CNN]
    for layer_id in ("relu_1", "relu_2"):
        now = state.draft or CNN
        drafts.take(state, now, edit(now, action="delete", id=layer_id))
        seen.append(state.draft)
    for expected in (seen[1], seen[0]):
        drafts.back(state, state.draft)
        assert state.draft == expected
    drafts.back(state, state.draft)  # nothing further
    assert state.draft == seen[0]
    for expected in (seen[1], seen[2]):
        drafts.forward(state, state.draft)
        assert state.draft == expected


def test_undo_brings_back_the_name_it_began_with():
    state = PageState(experiment=CNN, preset="one")
    drafts.take(state, CNN, edit(CNN, action="delete", id="relu_1"))
    state.preset = "other"
    drafts.back(state, state.draft)
    assert state.preset == "one"
    drafts.forward(state, state.draft)
    assert state.preset == "other"


def test_a_new_change_forgets_what_was_taken_back():
    state = PageState(experiment=CNN)
    drafts.take(state, CNN, edit(CNN, action="delete", id="relu_1"))
    drafts.back(state, state.draft)
    drafts.take(state, CNN, edit(CNN, action="delete", id="relu_2"))
    assert state.future == []


def test_undo_remembers_a_bounded_number_of_steps():
    state, now = PageState(experiment=CNN), CNN
    for width in range(1, drafts.MOST_STEPS + 20):
        after = with_layer(now, "model", "conv2d_1", "out_channels", width)
        drafts.take(state, now, after)
        now = after
    assert len(state.past) == drafts.MOST_STEPS


@pytest.mark.parametrize(
    "change", [{}, {"action": "delete", "id": "flatten_1"}, {"action": "clear"}, {"action": "wrap", "kind": "parallel", "id": "conv2d_1"}]
)
def test_the_drawing_is_json_whatever_the_state_of_the_network(change):
    experiment = edit(CNN, **change) if change else CNN
    (found,) = drawing(drafts.sketches(experiment), "Digits", "Classification")
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["cost"] is None) == (found["clash"] is not None)
