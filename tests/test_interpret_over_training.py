"""The score table recovers what was planted; maps over the steps of a run turn when the network does."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
import torch
from test_inspections_over_time import Film
from test_interpret_trials import Edges, linear
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import changed, preset
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.maps_over_training import MapsOverTraining, object_in, thing_in, turn_of
from explorer.interpret.of_training import subject_of
from explorer.interpret.score_table import ScoreTable, _mass, mass_on, plant, told_apart, verdict, went_by
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.plots.explanations import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import train

# -- the table, piece by piece


def test_the_share_of_a_map_that_lies_on_a_mask():
    values = np.array([[[1.0, -3.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    mask = np.array([[[False, True], [False, False]]] * 2)
    assert mass_on(values, mask).tolist() == [0.75, 0.25]  # a map of zeros: as much as the mask covers


def test_pairs_told_apart():
    assert told_apart(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    assert told_apart(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0.5
    assert told_apart(np.array([0.0]), np.array([1.0, 2.0])) == 0.0


def test_verdicts_need_every_seed():
    assert verdict(np.array([0.95, 1.0])) is True
    assert verdict(np.array([0.6, 1.0])) is None
    assert verdict(np.array([0.4, 0.6])) is False
    assert went_by(np.array([[[0.9, 0.0]], [[0.1, 0.0]]]))
    assert not went_by(np.array([[[0.3, 0.0]], [[0.1, 0.0]]]))
    assert not went_by(np.array([[[0.9, 0.0]], [[0.9, 0.0]]]))


@pytest.mark.parametrize("name", ["saliency", "integrated_gradients", "occlusion"])
def test_all_of_the_map_of_a_network_that_uses_only_the_mark_lies_on_it(name):
    """Weights of all columns but the last are 0."""
    subject = linear(torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, 2.0]]))
    object.__setattr__(subject, "planted", np.tile(np.arange(6) == 5, (3, 1)))
    method = EXPLANATIONS[name]()
    np.testing.assert_allclose(_mass(subject, method, np.arange(3), 0), 1.0)
    assert (_mass(subject, Edges(), np.arange(3), 0) < 0.5).all()


def test_who_is_marked_and_what_they_are_called():
    experiment = preset("tumours").experiment
    gives, does_not = plant(experiment, 1, 0.9, 0.3)
    plain = changed(changed(experiment, "data.shortcut", 0.9), "data.shortcut_class", 1).data.load()
    train_part, truth = gives.marked.train, plain.train.y
    assert (train_part.y[train_part.carries] == 1).all()
    assert train_part.carries[truth == 1].mean() == pytest.approx(0.9, abs=0.01)
    assert train_part.carries[truth != 1].mean() == pytest.approx(0.3, abs=0.1)
    assert (train_part.y[~train_part.carries] == truth[~train_part.carries]).all()
    assert (does_not.marked.train.y == truth).all()
    for label in (0, 1):
        assert does_not.marked.train.carries[truth == label].mean() == pytest.approx(0.5, abs=0.12)
    for planted in (gives, does_not):
        assert planted.marked.test.carries.all()
        assert not planted.clean.test.carries.any()
        assert (planted.clean.test.y == plain.test.y).all()
        np.testing.assert_array_equal(planted.clean.test.x[:, :-1], planted.marked.test.x[:, :-1])


@pytest.mark.slow
def test_the_score_table_recovers_the_planted_column():
    training = train(preset("tumours").experiment)
    before = {key: value.clone() for key, value in training.networks["model"].state_dict().items()}
    told: list[float] = []
    asked = ScoreTable(methods=("saliency", "integrated_gradients", "occlusion"), seeds=2, steps=200, examples=8, giveaway="malignant")
    found = Inspected.unpack(asked.explain(subject_of(training, Selection()), Selection(), told.append).pack())
    mass, auc, given, right = (found.arrays[name] for name in ("mass", "auc", "given", "right"))
    assert mass.shape == (3, 2, 2, 8)
    assert auc.shape == (3, 2)
    assert found.facts["taken_up"]
    assert (given[0, :, 0] > 0.9).all()  # marked examples are taken for the class by the network that goes by the mark
    assert (given[..., 1] < 0.1).all()  # and by neither without it
    assert (right[1] > 0.85).all()
    assert found.facts["outcomes"] == [True, True, True]
    assert (mass[:, 0].mean((1, 2)) > 3 * mass[:, 1].mean((1, 2))).all()
    assert found.facts["covers"] == pytest.approx(1 / 31)
    said = next(sentence for sentence in found.words if sentence.startswith("Tell the two networks apart: "))
    assert all(title in said for title in ("Saliency", "Integrated gradients", "Occlusion"))
    assert [row["method"] for row in found.facts["table"]] == found.facts["titles"]
    assert found.facts["table"][0]["mass"][0] == pytest.approx(mass[0, 0].mean())
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert all(torch.equal(value, before[key]) for key, value in training.networks["model"].state_dict().items())
    json.dumps(found.facts, allow_nan=False)
    assert len(figures(found)) == 3


def test_a_network_that_does_not_take_the_mark_up_is_not_judged():
    subject = subject_of(train(preset("tumours").experiment), Selection())
    found = ScoreTable(methods=("saliency",), seeds=1, steps=1, examples=4).explain(subject, Selection())
    assert not found.facts["taken_up"]
    assert found.facts["outcomes"] == [None]
    assert any("no truth to be held against" in sentence for sentence in found.words)
    assert not any(sentence.startswith(("Tell", "Do not tell")) for sentence in found.words)
    assert len(figures(found)) == 3


@pytest.mark.parametrize("name", ["spiral", "tips", "data_stocks", "build_14_autoencoder"])
def test_data_without_room_for_a_mark_are_refused(name):
    assert "shortcut" in ScoreTable.reason_not(subject_of(train(preset(name).experiment), Selection())).lower()


def test_a_class_that_is_not_there_is_said():
    with pytest.raises(SpecError, match="no class named 'cat'"):
        ScoreTable(giveaway="cat").explain(subject_of(train(preset("tumours").experiment), Selection()), Selection())


def test_what_was_not_trained_here_has_no_table():
    assert "not trained here" in ScoreTable.reason_not(linear())


# -- over training


@pytest.mark.parametrize(("name", "blind"), [("integrated_gradients", True), ("saliency", False)])
def test_a_method_that_cannot_see_the_background_is_not_said_to_show_no_turn(name, blind):
    film = Film(preset("digits_cnn").experiment, 2)
    words = MapsOverTraining(method=name, moments=2, examples=1).explain_over(film.moments(), Selection()).words
    assert any("No turn can be seen by it here" in sentence for sentence in words) == blind


def test_when_a_share_turned():
    steps = np.array([0, 10, 20, 30])
    assert turn_of(np.array([0.2, 0.7, 0.3, 0.8]), steps) == {"turned": 30, "how": "crossed", "before": 0.3, "after": 0.8}
    assert turn_of(np.array([0.05, 0.1, 0.3, 0.4]), steps) == {"turned": 20, "how": "midway", "before": 0.1, "after": 0.3}
    assert turn_of(np.array([0.9, 0.6, 0.4, 0.1]), steps)["turned"] == 20
    assert turn_of(np.array([0.2, 0.25, 0.2, 0.25]), steps) == {"turned": None, "how": ""}
    assert turn_of(np.array([0.2]), steps[:1])["turned"] is None


def test_the_object_before_a_plain_background():
    picture = np.full((1, 8, 8), 0.1)
    picture[0, 2:5, 3:6] = 0.9
    found = object_in(picture)
    assert found is not None
    assert found.sum() == 9
    assert found[0, 2:5, 3:6].all()
    assert object_in(np.full((1, 8, 8), 0.1)) is None
    assert object_in(np.random.default_rng(0).random((3, 8, 8))) is None


@cache
def marked_film() -> Film:
    """Tumours whose label a planted column gives away, from first weights on."""
    experiment = preset("tumours").experiment
    for path, value in (("data.shortcut", 1.0), ("data.shortcut_class", 1), ("data.label_noise", 0.0)):
        experiment = changed(experiment, path, value)
    return Film(experiment, 8, every=10)


def test_maps_over_the_steps_of_a_run_are_those_of_each_step_alone():
    film = marked_film()
    found = MapsOverTraining(method="integrated_gradients", moments=5, examples=3).explain_over(film.moments(), Selection(example=2))
    assert found.arrays["maps"].shape == (5, 3, 31)
    assert found.step == 80
    for column, step in enumerate(found.arrays["steps"]):
        subject = subject_of(film.at(int(step)), Selection())
        for row, number in enumerate(found.facts["numbers"]):
            assert subject.planted[number].any()
            selection = Selection(example=number, target=found.facts["targets"][row])
            alone = EXPLANATIONS["integrated_gradients"]().attribution(subject, selection).values
            np.testing.assert_allclose(found.arrays["maps"][column, row], alone / np.abs(alone).max(), rtol=1e-3, atol=1e-5)
            mass = np.abs(alone[-1]) / np.abs(alone).sum()
            assert found.arrays["mass"][column, row] == pytest.approx(mass, rel=1e-3)
    np.testing.assert_allclose(found.arrays["agreement"][-1], 1.0)
    assert found.facts["thing"] == "the planted shortcut"


def test_a_network_that_learns_the_shortcut_turns_to_it():
    film = Film(changed(preset("data_sentiment").experiment, "data.shortcut", 0.9), 6, every=10)
    found = MapsOverTraining(method="integrated_gradients").explain_over(film.moments(), Selection())
    mass = found.arrays["mass"].mean(1)
    assert mass[0] < 0.3
    assert mass[-1] > 0.5
    assert found.facts["how"] == "crossed"
    assert 0 < found.facts["turned"] < 60
    assert f"By step {found.facts['turned']} the network had turned from everything else to the planted shortcut" in found.words[0]
    drawn = figures(Inspected.unpack(found.pack()))
    assert list(drawn)[1] == "How much of the maps lies on the planted shortcut"
    json.dumps(found.facts, allow_nan=False)


def test_steps_at_which_the_network_broke_are_left_out_and_said():
    film = Film(preset("tumours").experiment, 3)
    tensors, meta = film.shots[1]
    broken = {name: torch.full_like(value, torch.nan) for name, value in tensors.items() if name.startswith("network/")}
    film.shots[1] = {**tensors, **broken}, meta
    found = MapsOverTraining(method="saliency").explain_over(film.moments(2), Selection())
    assert found.arrays["steps"].tolist() == [0, 3]
    assert any("from 1 on the network gave no finite numbers" in sentence for sentence in found.words)
    assert any("snapshot of step 2" in sentence for sentence in found.words)


@pytest.mark.parametrize("name", ["digits_mlp", "data_spoken_vowels", "data_sentiment", "tips", "spiral", "data_stocks"])
def test_maps_over_training_are_drawn_for_every_kind_of_input(name):
    film = Film(preset(name).experiment, 2)
    told: list[float] = []
    found = MapsOverTraining(examples=2).explain_over(film.moments(), Selection(example=1), told.append)
    assert told[-1] == 1.0
    assert all(np.isfinite(array).all() for array in found.arrays.values())
    drawn = figures(Inspected.unpack(found.pack()))
    assert "How like its last map each map is" in drawn
    assert (found.facts["thing"] == "the object") == (name == "digits_mlp")
    film_of_it = drawn.get("The maps, step by step")
    assert (film_of_it is not None) == (name in ("digits_mlp", "data_spoken_vowels"))
    if film_of_it is not None:
        assert [frame.name for frame in film_of_it.frames] == ["0", "1", "2"]


def test_one_step_alone_says_that_there_is_nothing_before():
    film = Film(preset("tumours").experiment, 0)
    words = MapsOverTraining(method="saliency").explain_over(film.moments(), Selection()).words
    assert any("Nothing was recorded before step 0" in sentence for sentence in words)


def test_an_example_that_is_not_there_is_said():
    with pytest.raises(SpecError, match="There is no test example 100000"):
        MapsOverTraining().explain_over(marked_film().moments(), Selection(example=100_000))


def test_nobody_knows_the_object_of_a_table():
    model = nn.Linear(2, 1)
    rows = torch.zeros(3, 2)
    subject = Subject("table", ("features",), model, ("y",), rows, rows, rows.numpy())
    assert thing_in(subject, [0]) is None
