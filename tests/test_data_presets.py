"""Every ready set has an experiment that learns it within a minute on one core, and every claim beside it holds."""

from __future__ import annotations

import functools
import statistics

import pytest

import explorer as nx
from explorer.experiment import DATASETS, Experiment, changed, preset, presets


@functools.cache
def metrics_of(name: str, steps: int, seed: int) -> dict[str, float]:
    training = nx.train(changed(changed(Experiment.preset(f"data_{name}"), "seed", seed), "training.engine", "eager"))
    return training.advance(steps=steps).metrics


def median(name: str, steps: int, metric: str) -> float:
    return statistics.median(metrics_of(name, steps, seed)[metric] for seed in range(3))


@pytest.mark.parametrize("name", presets("data"))
def test_each_is_about_the_set_it_is_called_after_and_its_task_suits(name):
    experiment = preset(name).experiment
    assert name == f"data_{experiment.data.kind}"
    assert experiment.task.suits(DATASETS[experiment.data.kind])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "steps", "metric", "reached"),
    [
        ("adding", 1000, "test_r2", 0.97),
        ("date_translation", 900, "test_whole", 0.9),
        ("sentiment", 500, "test_accuracy", 0.98),
        ("fraud", 1500, "test_f1", 0.93),
        ("series_anomalies", 1500, "test_auroc", 0.98),
        ("shapes", 700, "test_accuracy", 0.97),
        ("spoken_vowels", 300, "test_accuracy", 0.95),
        ("faces", 200, "test_accuracy", 0.95),
        ("textures", 600, "test_accuracy", 0.85),
        ("shapes_located", 1000, "test_iou", 0.77),
        ("shapes_together", 900, "test_exact", 0.7),
        ("ratings", 3000, "test_skill", 0.27),
    ],
)
def test_it_learns_what_it_shows(name, steps, metric, reached):
    assert median(name, steps, metric) >= reached


@pytest.mark.slow
def test_nobody_foresees_share_prices():
    assert -0.15 < median("stocks", 600, "test_skill") < 0.1


@pytest.mark.slow
def test_a_fault_scores_more_than_ten_times_as_high():
    normal, fault = (median("series_anomalies", 1500, f"test_{which}_score") for which in ("normal", "anomaly"))
    assert fault > 10 * normal


@pytest.mark.slow
def test_accuracy_begins_at_97_in_100_where_nothing_is_learnt():
    assert metrics_of("fraud", 30, 0)["test_accuracy"] == pytest.approx(0.97, abs=0.01)
    assert metrics_of("fraud", 30, 0)["test_f1"] < 0.6


@pytest.mark.slow
def test_whole_dates_come_long_after_most_characters():
    early = metrics_of("date_translation", 250, 0)
    assert early["test_accuracy"] > 0.8
    assert early["test_whole"] < 0.3


@pytest.mark.slow
def test_all_four_shapes_are_less_often_right_than_each():
    assert median("shapes_together", 900, "test_labels") > 0.9 > median("shapes_together", 900, "test_exact")


@pytest.mark.slow
def test_a_box_shares_about_four_fifths_and_ratings_avoid_about_a_third():
    assert median("shapes_located", 1000, "test_iou") == pytest.approx(0.8, abs=0.04)
    assert median("ratings", 3000, "test_skill") == pytest.approx(1 / 3, abs=0.07)
