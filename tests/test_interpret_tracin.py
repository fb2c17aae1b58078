"""Which training examples made a prediction: against Captum, and by hand."""

from __future__ import annotations

import copy

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from captum.influence import TracInCP
from torch import nn
from torch.utils.data import TensorDataset

from explorer.errors import SpecError
from explorer.experiment import Experiment, changed
from explorer.inspections.moments import Moments
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.interpret.tracin import gradient
from explorer.plots.explanations import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

RATE = 0.05


def recorded(experiment: Experiment, snapshots: int = 3, between: int = 20) -> Moments:
    """A run with its snapshots in memory."""
    training, shots = train(experiment), {}
    for number in range(snapshots):
        if number:
            training.advance(steps=between)
        shots[training.step] = training.checkpoint()

    def at(step: int) -> Training:
        training.restore(*shots[step])
        return training

    return Moments(list(shots), at)


def plain(preset: str) -> Experiment:
    """A preset with plain gradient descent."""
    return changed(Experiment.preset(preset), "training.optimizer", {"kind": "sgd", "learning_rate": RATE})


@pytest.fixture(scope="module")
def spiral() -> Moments:
    return recorded(plain("spiral"))


def asked(run: Moments, /, example: int = 1, target: str = "", part: str = "test", **fields):
    return EXPLANATIONS["tracin"](**fields).explain_over(run, Selection(example=example, target=target, part=part))


def by_hand(moments: Moments, numbers: list[int], x: torch.Tensor, y: torch.Tensor) -> list[float]:
    """Rate times the product of the gradients, summed over weights and steps, by plain backward passes."""
    total = np.zeros(len(numbers))
    for training in moments.each(10):
        network, task = copy.deepcopy(training.networks["model"]).eval(), training.experiment.task
        rows = []
        for one, answer in [(x, y), *((training.state.x_train[n : n + 1], training.state.y_train[n : n + 1]) for n in numbers)]:
            network.zero_grad()
            task.objective(network(one), one, answer).backward()
            rows.append([weight.grad.clone() for weight in network.parameters()])
        total += RATE * np.array([sum(float((a * b).sum()) for a, b in zip(rows[0], row, strict=True)) for row in rows[1:]])
    return total.tolist()


def test_influence_is_the_sum_of_products_of_gradients_by_hand(spiral):
    found = asked(spiral, target="first arm", examples=12)
    state = spiral.now().state
    expected = by_hand(spiral, found.arrays["looked"].tolist(), state.x_test[1:2], torch.zeros(1, dtype=torch.int64))
    np.testing.assert_allclose(found.arrays["scores"], expected, rtol=1e-4, atol=1e-7)
    assert found.facts["rates"] == [RATE] * 3
    assert found.facts["steps"] == [0, 20, 40]


def test_influence_is_that_of_captum(tmp_path):
    moments = recorded(plain("digits_mlp"), snapshots=2)
    found = asked(moments, target="3", examples=10, moments=2)
    files = []
    for number, training in enumerate(moments.each(2)):
        files.append(str(tmp_path / f"{number}.pt"))
        torch.save(training.networks["model"].state_dict(), files[-1])
    state, looked = moments.now().state, torch.from_numpy(found.arrays["looked"])
    network = copy.deepcopy(moments.now().networks["model"]).eval()

    def load(model: nn.Module, path: str) -> float:
        model.load_state_dict(torch.load(path, weights_only=True))
        return RATE

    theirs = TracInCP(
        network,
        TensorDataset(state.x_train[looked], state.y_train[looked]),
        files,
        checkpoints_load_func=load,
        loss_fn=nn.CrossEntropyLoss(reduction="none"),
        batch_size=1,
    ).influence((state.x_test[1:2], torch.tensor([3])))
    np.testing.assert_allclose(found.arrays["scores"], theirs[0], rtol=1e-4, atol=1e-6)


def test_the_example_with_the_steepest_loss_pushes_most_towards_itself(spiral):
    training = spiral.now()
    x, y, names = training.state.x_train, training.state.y_train, training.state.dataset.class_names
    network, task = copy.deepcopy(training.networks["model"]).eval(), training.experiment.task
    lengths = [float(gradient(network, task, x[n : n + 1], y[n : n + 1]).norm()) for n in range(len(x))]
    steepest = int(np.argmax(lengths))
    found = asked(Moments.only(training), example=steepest, part="training", target=names[int(y[steepest])], examples=len(x))
    scores = found.arrays["scores"]
    assert int(scores.argmax()) == steepest
    assert scores[steepest] == pytest.approx(found.facts["own"], rel=1e-5)
    assert found.facts["own"] == pytest.approx(RATE * lengths[steepest] ** 2, rel=1e-5)
    assert scores[steepest] > 0
    assert (np.abs(scores) <= RATE * lengths[steepest] * np.array(lengths) * (1 + 1e-5)).all()


def test_the_other_of_two_answers_turns_some_signs(spiral):
    one, other = (asked(spiral, target=name, examples=40).arrays["scores"] for name in ("first arm", "second arm"))
    assert (np.sign(one) == -np.sign(other)).all()  # one logit: the two slopes of the loss by it have opposite signs


def test_examples_are_taken_evenly_and_that_is_said(spiral):
    found = asked(spiral, examples=35)
    looked = found.arrays["looked"]
    assert (len(looked), looked[0], looked[-1]) == (35, 0, 349)
    assert any("35 of 350 training examples were looked at, evenly" in sentence for sentence in found.words)
    assert asked(spiral, examples=400).arrays["looked"].tolist() == list(range(350))


def test_those_shown_are_the_strongest_on_either_side(spiral):
    found = asked(spiral, examples=60, shown=4)
    scores, order = found.arrays["scores"], found.arrays["order"]
    assert scores[order[:4]].tolist() == sorted(scores[scores > 0].tolist(), reverse=True)[:4]
    assert scores[order[4:]].tolist() == sorted(scores[scores < 0].tolist())[:4]


def test_flipped_labels_are_marked():
    moments = recorded(changed(plain("spiral"), "data.label_noise", 0.3))
    found = asked(moments, examples=350, shown=16)
    train_part = moments.now().state.dataset.train
    assert found.arrays["flipped"].astype(bool).tolist() == train_part.flipped[found.arrays["looked"]].tolist()
    assert found.arrays["flipped"].any()
    assert any("a label that noise replaced" in sentence for sentence in found.words)
    assert "label flipped" in [trace.name for trace in figures(found)["Influence of every example looked at"].data]


def test_the_run_is_left_at_its_step_with_its_weights(spiral):
    before = {name: value.clone() for name, value in spiral.now().networks["model"].state_dict().items()}
    asked(spiral, examples=5)
    training = spiral.now()
    assert training.step == 40
    assert all(torch.equal(value, before[name]) for name, value in training.networks["model"].state_dict().items())
    assert all(weight.grad is None or not weight.grad.any() for weight in training.networks["model"].parameters())


def test_progress_grows_and_ends(spiral):
    told: list[float] = []
    EXPLANATIONS["tracin"](examples=40).explain_over(spiral, Selection(), told.append)
    assert told == sorted(told)
    assert 0 <= told[0] < 0.5 < told[-1] <= 1


def test_one_step_alone_is_said_to_be_little():
    found = asked(Moments.only(train(plain("spiral"))), examples=4)
    assert any("Nothing was recorded before step 0" in sentence for sentence in found.words)


def test_other_rules_than_plain_descent_are_named():
    found = asked(Moments.only(train(Experiment.preset("spiral"))), examples=4)
    assert any("this run used" in sentence for sentence in found.words)


def test_what_is_asked_of_no_class_is_what_is_true():
    found = asked(Moments.only(train(Experiment.preset("tips"))), examples=6)
    assert "what is true of test example 1" in found.words[0]
    assert len(found.facts["shown"]["names"]) == found.arrays["example_inputs"].shape[1]


@pytest.mark.parametrize("preset", ["data_sentiment", "data_stocks", "digits_cnn", "build_10_bilstm_tagger", "build_17_recommender"])
def test_every_kind_of_example_is_traced_and_drawn(preset):
    found = asked(Moments.only(train(Experiment.preset(preset))), examples=5, shown=2)
    assert np.isfinite(found.arrays["scores"]).all()
    assert all(isinstance(figure, go.Figure) for figure in figures(found).values())


def test_a_network_without_its_recorded_steps_cannot_be_traced():
    subject = subject_of(train(Experiment.preset("three_arms")), Selection())
    assert EXPLANATIONS["tracin"].reason_not(subject) == ""
    with pytest.raises(SpecError, match="was not trained here"):
        EXPLANATIONS["tracin"]().explain(subject, Selection())


def test_a_gradient_is_of_all_weights_in_one_row():
    network = nn.Sequential(nn.Linear(2, 1, bias=False))
    task = train(Experiment.preset("curve")).experiment.task
    x, y = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0]])
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, 1.0]]))
    slopes = gradient(network, task, x, y)  # of (w x - 0)^2, which is 9 at a slope of 2 * 3
    np.testing.assert_allclose(slopes, [6.0, 12.0], rtol=1e-6)


def test_influences_that_are_all_0_are_told_and_not_drawn():
    nothing = {"scores": np.zeros(5, "float32"), "order": np.arange(5)}
    assert figures(Inspected("tracin", 0, ("Every influence is 0.",), {}, nothing)) == {}
