"""Every sentence under a preset is a claim; here it is measured on the very record the page uses."""

from __future__ import annotations

import itertools
import statistics

import pytest

import explorer as nx
from explorer.experiment import Experiment, changed, preset, presets
from explorer.ui.navigation import discover_pages


def trained(experiment: Experiment, steps: int) -> nx.Training:
    training = nx.train(experiment)
    training.advance(steps=steps)
    return training


def median_over_seeds(experiment: Experiment, steps: int, metric: str) -> float:
    """A conclusion is never drawn from one seed."""
    return statistics.median(trained(changed(experiment, "seed", seed), steps).metrics[metric] for seed in range(3))


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_whole_and_trains(name):
    one = preset(name)
    assert one.title
    assert one.look_for.endswith(".")
    assert one.page in {found.name for found in discover_pages()}
    assert Experiment.from_json(one.experiment.to_json()) == one.experiment
    assert Experiment.from_url(one.experiment.to_url()) == one.experiment
    assert trained(one.experiment, 3).step == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "steps", "metric", "reached"),
    [
        ("circle", 3000, "test_accuracy", 0.95),
        ("xor", 3000, "test_accuracy", 0.93),
        ("spiral", 12_000, "test_accuracy", 0.95),
        ("spiral_features", 3000, "test_accuracy", 0.95),
        ("three_arms", 4000, "test_accuracy", 0.95),
        ("residual", 6000, "test_accuracy", 0.95),
        ("bumps", 3000, "test_r2", 0.9),
        ("curve", 3000, "test_r2", 0.9),
        ("tumours", 500, "test_accuracy", 0.93),
        ("digits_cnn", 400, "test_accuracy", 0.95),
        ("digits_mlp", 400, "test_accuracy", 0.9),
    ],
)
def test_it_learns_what_it_shows(name, steps, metric, reached):
    assert median_over_seeds(Experiment.preset(name), steps, metric) >= reached


def test_a_line_cannot_bend():
    assert trained(Experiment.preset("linear_limit"), 2000).metrics["test_accuracy"] < 0.7


def test_one_unit_cannot_do_exclusive_or():
    one_unit = changed(Experiment.preset("xor"), "networks.model.layers.0.out_features", 1)
    assert median_over_seeds(one_unit, 3000, "train_accuracy") < 0.85


@pytest.mark.slow
def test_hand_made_features_are_sooner():
    assert median_over_seeds(Experiment.preset("spiral_features"), 1500, "train_loss") < median_over_seeds(
        Experiment.preset("spiral"), 1500, "train_loss"
    )


def test_overfitting_turns_the_test_loss():
    training = nx.train(Experiment.preset("overfitting"))
    losses = [training.advance(steps=50).metrics for _ in range(30)]
    best = min(metrics["test_loss"] for metrics in losses)
    assert losses[-1]["test_loss"] > 1.5 * best
    assert losses[-1]["train_loss"] < 0.5 * losses[0]["train_loss"]


def test_dropout_narrows_the_gap():
    def gap(name: str, seed: int) -> float:
        metrics = trained(changed(Experiment.preset(name), "seed", seed), 600).metrics
        return metrics["test_loss"] - metrics["train_loss"]

    assert statistics.median(gap("dropout", s) for s in range(3)) < statistics.median(gap("overfitting", s) for s in range(3))


def test_sigmoids_stand_still_and_tanh_does_not():
    sigmoid = Experiment.preset("vanishing")
    tanh = sigmoid
    for i in range(1, 12, 2):
        tanh = changed(tanh, f"networks.model.layers.{i}", {"kind": "tanh", "id": f"sigmoid_{(i + 1) // 2}"})
    assert trained(sigmoid, 2000).metrics["train_loss"] > 0.65
    assert trained(tanh, 2000).metrics["train_loss"] < 0.2


def test_too_high_a_rate_jumps_and_a_lower_one_mends_it():
    training = nx.train(Experiment.preset("too_fast"))
    losses = [training.advance(steps=100).metrics["train_loss"] for _ in range(20)]
    rises = sum(later > 1.3 * earlier for earlier, later in itertools.pairwise(losses))
    assert rises >= 3
    calm = nx.train(changed(Experiment.preset("too_fast"), "training.optimizer.learning_rate", 0.1))
    losses = [calm.advance(steps=500).metrics["train_loss"] for _ in range(8)]
    assert sum(later > 1.3 * earlier for earlier, later in itertools.pairwise(losses)) <= 1
    assert calm.metrics["train_accuracy"] > 0.95


@pytest.mark.slow
def test_the_convolution_is_the_better_reader():
    assert median_over_seeds(Experiment.preset("digits_cnn"), 600, "test_accuracy") > median_over_seeds(
        Experiment.preset("digits_mlp"), 600, "test_accuracy"
    )
