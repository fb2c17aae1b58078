"""What the tasks that find boxes, labels, ratings and anomalies say of one example, learn from, and are offered with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import explorer as nx
from explorer.errors import DataError
from explorer.experiment import DATASETS, TASKS, Experiment, NetworkSpec, changed, own_task
from explorer.networks.fixes import fixes_for
from explorer.networks.limits import batch_size_of, check
from explorer.training.tasks.supervised import unit_in
from explorer.ui import apply
from explorer.ui.data_page import buildable
from explorer.ui.drafts import reason_not
from explorer.ui.edits import with_data

STARTERS = ("box_finder", "several_labels", "recommender", "anomaly_autoencoder")


def anomalies(**fields: object) -> Experiment:
    return changed(Experiment.preset("data_series_anomalies"), "data", {"kind": "series_anomalies", **fields})


# -- anomalies: what is learnt from


def test_only_normal_examples_are_handed_out_and_every_batch_is_full():
    training = nx.train(anomalies(size=200, share=0.4))
    y = training.state.dataset.train.y
    normal = np.flatnonzero(y == 0)
    assert 0 < len(normal) < len(y)
    seen: list[torch.Tensor] = []
    run = training.engine.run
    training.engine.run = lambda batches, rates: (seen.append(batches), run(batches, rates))[1]
    training.advance(steps=3 * training.steps_per_epoch)
    handed = torch.cat([batches.flatten() for batches in seen]).numpy()
    assert set(handed) == set(normal)
    assert {batches.shape[1] for batches in seen} == {32}
    assert training.examples == len(handed)
    assert training.epoch == pytest.approx(len(handed) / len(normal))


def test_a_batch_is_never_larger_than_what_is_learnt_from():
    experiment = changed(anomalies(size=40, share=0.5), "training.batch_size", 1000)
    training = nx.train(experiment)
    normal = int((training.state.dataset.train.y == 0).sum())
    assert batch_size_of(experiment, training.state.dataset) == normal
    assert check(experiment, training.state.dataset)["model"].batch_size == normal
    training.advance(steps=2)
    assert (training.examples, training.epoch) == (2 * normal, 2.0)


def test_anomalies_in_the_training_part_change_no_weight():
    training, other = nx.train(anomalies(size=200)), nx.train(anomalies(size=200))
    other.state.x_train[other.state.y_train > 0] = 1e6
    for one in (training, other):
        one.make_steps(20)
    for name, value in training.networks["model"].state_dict().items():
        assert torch.equal(value, other.networks["model"].state_dict()[name])


def test_all_examples_are_learnt_from_where_a_task_says_nothing_else():
    dataset = DATASETS["iris"]().load()
    np.testing.assert_array_equal(TASKS["classification"]().learned(dataset), np.arange(len(dataset.train)))


def test_without_normal_examples_there_is_nothing_to_learn():
    dataset = DATASETS["fraud"]().load()
    odd = replace(dataset, train=replace(dataset.train, y=np.ones_like(dataset.train.y)))
    with pytest.raises(DataError, match=r"none of the .* training examples is called 'honest'"):
        TASKS["anomaly_scoring"]().shapes("model", odd)


def test_as_many_normal_training_examples_exceed_the_threshold_as_were_asked_for():
    training = nx.train(anomalies())
    training.advance(steps=200)
    state, y = training.state, training.state.dataset.train.y
    scores = training.experiment.task.predict(state, state.x_train)[:, 0].numpy()[y == 0]
    for share in (0.01, 0.05, 0.25):
        task = training.experiment.task.model_copy(update={"false_alarms": share})
        assert (scores > task.threshold(state)).mean() == pytest.approx(share, abs=1 / len(scores))


def test_the_score_of_an_example_is_among_those_that_are_drawn():
    training = nx.train(anomalies())
    training.advance(steps=300)
    dataset, task = training.state.dataset, training.experiment.task
    for number in (*np.flatnonzero(dataset.test.y == 0)[:3], *np.flatnonzero(dataset.test.y)[:3]):
        head, arrays = task.example(training.state, int(number))
        lane = arrays["example/anomalies" if head["anomaly"] else "example/normal"]
        assert np.abs(lane - head["score"]).min() == pytest.approx(0, abs=1e-5)
        squared = np.square(arrays["example/original"] - arrays["example/reconstruction"]).mean()
        assert head["score"] == pytest.approx(float(squared), rel=1e-4, abs=1e-7)
        assert head["called"] == (head["score"] > head["threshold"])
        assert head["learned"] == (dataset.train.y == 0).sum()
    assert len(arrays["example/normal"]) + len(arrays["example/anomalies"]) == len(dataset.test)


# -- numbers on a scale


@pytest.mark.parametrize(("data", "unit"), [("ratings", "stars"), ("tips", "US dollars"), ("adding", "")])
def test_a_number_comes_with_its_unit_and_the_range_of_the_training_part(data, unit):
    experiment = buildable(with_data(Experiment.preset("data_ratings"), data), "build")
    training = nx.train(experiment)
    dataset = training.state.dataset
    head, _ = experiment.task.example(training.state, 1)
    values = dataset.train.y[:, 0] * dataset.target_scale[0] + dataset.target_offset[0]
    assert head["scale"] == pytest.approx([values.min(), values.max()])
    assert head["unit"] == unit
    assert head["scale"][0] <= float(head["label"]) <= head["scale"][1] or data != "ratings"


def test_units_are_read_from_names():
    assert [unit_in(name) for name in ("tip (US dollars)", "size", "share (no unit)")] == ["US dollars", "", ""]


# -- offered


@pytest.mark.parametrize("kind", [kind for kind, data in DATASETS.items() if not data.upload and not data.paint_is_sample])
def test_a_network_that_trains_can_be_built_for_every_ready_set(kind):
    try:
        DATASETS[kind]().load()
    except DataError:
        pytest.skip("it has to be downloaded or installed first")
    experiment = buildable(with_data(Experiment.preset("digits_mlp"), kind), "build")
    assert reason_not(experiment) == ""
    assert experiment.data.kind == kind
    assert experiment.task.suits(DATASETS[kind])


def test_every_task_of_one_network_is_offered_where_it_suits():
    for name in STARTERS:
        experiment = next(one for key, one in all_starters().items() if key.endswith(name))
        offered = apply.offered(experiment, "task", list(TASKS), lambda data: True)
        assert experiment.task.kind in offered
        assert own_task(experiment.data.problem).kind in offered


def all_starters() -> dict[str, Experiment]:
    return {key: Experiment.preset(key) for key in nx.experiment.presets("build")}


@pytest.mark.parametrize("name", STARTERS)
def test_a_network_that_ends_in_something_else_is_mended(name):
    experiment = next(one for key, one in all_starters().items() if key.endswith(name))
    shapes = experiment.task.shapes("model", apply.dataset_of(experiment.data))
    network = NetworkSpec(layers=experiment.networks["model"].layers[:-1])
    proposals = fixes_for(network, *shapes)
    assert proposals
    for one in proposals:
        assert reason_not(experiment.with_network("model", one.spec)) == ""
