"""The loop against a hand-written one, and against itself interrupted, changed and driven off the finite numbers."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import explorer as nx
from explorer.errors import SpecError
from explorer.experiment import Experiment, changed
from explorer.training.batches import BatchStream


def circle(**training) -> Experiment:
    """A small experiment on the eager engine, SGD unless told otherwise."""
    fields = {
        "schema_version": 1,
        "data": {"kind": "circle", "size": 60},
        "task": {"kind": "classification"},
        "networks": {"model": {"layers": [{"kind": "linear", "out_features": 4}, {"kind": "tanh"}, {"kind": "output"}]}},
        "training": {"engine": "eager", "optimizer": {"kind": "sgd", "learning_rate": 0.1}, **training},
    }
    return Experiment.from_fields(fields)


def weights(training: nx.Training) -> list[np.ndarray]:
    return [p.detach().numpy().copy() for network in training.state.networks.values() for p in network.parameters()]


def assert_same_weights(a: nx.Training, b: nx.Training) -> None:
    for left, right in zip(weights(a), weights(b), strict=True):
        np.testing.assert_array_equal(left, right)


def test_every_pass_shows_every_example_once():
    stream = BatchStream(7, seed=3)
    row = stream.take(7, 3).flatten()  # 21 = three passes
    for start in (0, 7, 14):
        assert sorted(row[start : start + 7].tolist()) == list(range(7))


def test_batches_do_not_depend_on_how_many_are_taken_at_once():
    together, apart = BatchStream(10, seed=1), BatchStream(10, seed=1)
    assert torch.equal(together.take(9, 4), torch.cat([apart.take(n, 4) for n in (1, 5, 3)]))


def test_the_loop_is_the_loop_everyone_writes():
    experiment = circle()
    training = nx.train(experiment)
    layers = [training.state.networks["model"].module_of(name) for name in ("linear_1", "output_1")]
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    model[0].load_state_dict(layers[0].state_dict())
    model[2].load_state_dict(layers[1].state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    stream = BatchStream(len(training.state.dataset.train), experiment.seed)
    losses = []
    for batch in stream.take(30, 10):
        optimizer.zero_grad()
        y = training.state.y_train[batch].float()[:, None]
        loss = nn.functional.binary_cross_entropy_with_logits(model(training.state.x_train[batch]), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    result = training.advance(steps=30)
    np.testing.assert_allclose(result.losses["batch_loss"], losses, rtol=1e-6)
    np.testing.assert_allclose(layers[0].weight.detach(), model[0].weight.detach(), rtol=1e-5)


def test_metrics_are_those_of_the_whole_part():
    training = nx.train(circle())
    result = training.advance(steps=5)
    with torch.no_grad():
        logits = training.state.networks["model"](training.state.x_test)[:, 0]
    right = ((logits > 0).long() == training.state.y_test).float().mean().item()
    assert result.metrics["test_accuracy"] == pytest.approx(right)


def test_penalties_are_added_as_written():
    free, bound = nx.train(circle()), nx.train(circle(l1=0.01, l2=0.1))
    before = weights(free)
    free.advance(steps=1)
    bound.advance(steps=1)
    for start, plain, penalised in zip(before, weights(free), weights(bound), strict=True):
        pull = 0.1 * (0.01 * np.sign(start) + 0.1 * start) if start.ndim == 2 else 0.0
        np.testing.assert_allclose(plain - penalised, pull, atol=1e-6)


def test_clipping_bounds_the_step():
    training = nx.train(circle(clip_norm=0.01))
    before = weights(training)
    training.advance(steps=1)
    length = math.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(before, weights(training), strict=True)))
    assert length <= 0.1 * 0.01 * 1.0001


@pytest.mark.parametrize("engine", ["eager", "auto"])
def test_same_record_same_numbers(engine):
    experiment = changed(Experiment.preset("dropout"), "training.engine", engine)
    one, other = nx.train(experiment), nx.train(experiment)
    one.advance(steps=40)
    torch.manual_seed(99)  # what others draw from torch must not matter
    for _ in range(4):
        other.advance(steps=10)
    assert_same_weights(one, other)


@pytest.mark.parametrize("name", ["dropout", "spiral", "digits_cnn"])
def test_a_restored_run_goes_on_bit_for_bit(name):
    experiment = Experiment.preset(name)
    straight, broken = nx.train(experiment), nx.train(experiment)
    straight.advance(steps=6)
    broken.advance(steps=3)
    tensors, meta = broken.checkpoint()
    revived = nx.train(experiment)
    revived.restore(tensors, json.loads(json.dumps(meta)))
    last = revived.advance(steps=3)
    assert last.step == 6
    assert_same_weights(straight, revived)


def test_a_checkpoint_is_a_copy():
    training = nx.train(circle())
    tensors, _ = training.checkpoint()
    before = {name: value.clone() for name, value in tensors.items()}
    training.advance(steps=5)
    assert all(torch.equal(before[name], value) for name, value in tensors.items())


def test_live_changes_keep_weights_and_leave_a_mark():
    training = nx.train(circle())
    training.advance(steps=5)
    before = weights(training)
    training.set("training.optimizer.learning_rate", 0.0)
    training.set("training.batch_size", 3)
    training.advance(steps=5)
    for left, right in zip(before, weights(training), strict=True):
        np.testing.assert_array_equal(left, right)
    assert training.marks == [(5, "learning rate 0.1 → 0"), (5, "batch size 10 → 3")]
    assert training.examples == 5 * 10 + 5 * 3


def test_dropout_can_be_changed_while_it_trains():
    training = nx.train(Experiment.preset("dropout"))
    training.set("networks.model.layers.2.p", 0.25)
    assert training.state.networks["model"].module_of("dropout_1").p == 0.25


def test_another_optimiser_takes_over_the_weights():
    training = nx.train(circle())
    training.advance(steps=5)
    before = weights(training)
    training.set("training.optimizer", {"kind": "adam", "learning_rate": 0.01})
    for left, right in zip(before, weights(training), strict=True):
        np.testing.assert_array_equal(left, right)
    training.advance(steps=1)
    moved = max(np.abs(a - b).max() for a, b in zip(before, weights(training), strict=True))
    assert moved == pytest.approx(0.01, rel=1e-3)  # the first step of Adam is the learning rate, whatever the gradient


def test_new_noise_in_the_data_needs_no_restart():
    training = nx.train(circle())
    training.advance(steps=5)
    training.set("data.noise", 0.5)
    assert training.step == 5
    assert not np.array_equal(training.state.x_train.numpy(), nx.train(circle()).state.x_train.numpy())


def test_a_change_that_needs_a_restart_is_refused_by_name():
    training = nx.train(circle())
    with pytest.raises(SpecError, match=r"networks\.model\.layers\.0\.out_features"):
        training.set("networks.model.layers.0.out_features", 5)


def test_a_weight_set_by_hand_is_that_weight():
    training = nx.train(circle())
    training.set_weight("model", "linear_1", unit=2, source=1, value=0.75)
    training.set_weight("model", "linear_1", unit=2, source=-1, value=-0.5)
    layer = training.state.networks["model"].module_of("linear_1")
    assert layer.weight[2, 1].item() == 0.75
    assert layer.bias[2].item() == -0.5
    with pytest.raises(SpecError, match="has no weight"):
        training.set_weight("model", "linear_1", unit=99, source=0, value=1.0)


def exploding(engine: str) -> Experiment:
    experiment = changed(Experiment.preset("bumps"), "training.optimizer", {"kind": "sgd", "learning_rate": 100.0})
    experiment = changed(experiment, "networks.model.layers.1", {"kind": "relu", "id": "relu_1"})
    experiment = changed(experiment, "networks.model.layers.3", {"kind": "relu", "id": "relu_2"})
    return changed(experiment, "training.engine", engine)


@pytest.mark.parametrize("engine", ["eager", "auto"])
def test_a_diverged_run_is_set_back_to_its_last_healthy_step(engine):
    training = nx.train(exploding(engine), steps_per_chunk=50)
    results = list(training)
    assert "left the finite range" in results[-1].finished
    assert re.search(r"at step \d+ .*(Linear|ReLU|Output)", results[-1].finished)
    assert all(np.isfinite(value).all() for value in weights(training))
    with torch.no_grad():
        assert training.state.networks["model"](training.state.x_train).isfinite().all()
    assert all(math.isfinite(value) for value in training.metrics.values())
    assert (np.diff(training.history.arrays()["step"]) > 0).all()  # the curve ends where the run was set back to
    (step, words) = training.marks[-1]
    assert step == training.step
    assert re.search(r"^set back here: at step \d+ ", words)


def test_a_run_that_diverges_twice_keeps_both_marks():
    training = nx.train(exploding("eager"))
    training.advance(steps=200)
    assert training.diverged
    training.go_on()
    training.set("training.optimizer.learning_rate", 99.0)
    training.advance(steps=200)
    assert [words.startswith("set back here") for _, words in training.marks] == [True, False, True]


def test_a_step_budget_is_met_exactly_and_in_words():
    training = nx.train(circle(stopping=[{"kind": "step_budget", "steps": 17}]), steps_per_chunk=5)
    last = list(training)[-1]
    assert last.step == 17
    assert "17" in last.finished
    timed = nx.train(circle(stopping=[{"kind": "step_budget", "steps": 17}]))
    assert timed.advance(seconds=60).step == 17


def test_finish_without_a_rule_says_what_to_add():
    with pytest.raises(SpecError, match="stopping"):
        nx.train(circle()).finish()


def test_schedules_move_the_learning_rate():
    training = nx.train(circle(schedule={"kind": "step", "every": 2, "share": 0.5}))
    training.advance(steps=3)
    assert training.state.optimizers["model"].param_groups[0]["lr"] == pytest.approx(0.05)


@pytest.mark.slow
def test_the_library_needs_no_streamlit():
    code = (
        "import sys; sys.modules['streamlit'] = None\n"
        "import explorer as nx\n"
        "step = next(nx.train(nx.Experiment.preset('spiral')))\n"
        "assert step.metrics['train_loss'] > 0 and 0 <= step.metrics['test_accuracy'] <= 1"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
