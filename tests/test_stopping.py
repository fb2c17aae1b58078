"""Stopping rules: when they speak, and the numbers in what they say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from explorer.experiment import STOPPING
from explorer.results.step import StepResult

FLATTERS = " The test part decided when to stop, so its score flatters: set a validation part aside to stop by."


def history(metric: str, values: Sequence[float | None], every: int = 100) -> list[StepResult]:
    """Results `every` steps apart, ten steps to the epoch and a hundred to the second."""
    return [
        StepResult(i * every, i * every / 10, {} if value is None else {metric: value}, {}, i * every / 100)
        for i, value in enumerate(values)
    ]


def test_step_budget_ends_exactly():
    rule = STOPPING["step_budget"](steps=250)
    assert rule.steps_left(0) == 250
    assert rule.steps_left(249) == 1
    assert rule.steps_left(300) == 0
    assert rule.reason(history("train_loss", [1, 1, 1])) == ""
    assert rule.reason(history("train_loss", [1, 1, 1], every=125)) == "Made all 250 steps of its budget."


@pytest.mark.parametrize("name", [name for name in STOPPING if name != "step_budget"])
def test_other_rules_do_not_count_steps(name):
    assert STOPPING[name]().steps_left(5) is None


@pytest.mark.parametrize("name", STOPPING)
def test_no_history_is_no_reason(name):
    assert STOPPING[name]().reason([]) == ""
    assert STOPPING[name]().reason(history("test_auc", [None, None])) == ""


def test_time_budget():
    rule = STOPPING["time_budget"](seconds=2)
    assert rule.reason(history("train_loss", [1, 1])) == ""
    assert rule.reason(history("train_loss", [1, 1, 1])) == "Trained for 2 seconds; its budget was 2."


def test_target_of_an_accuracy_is_reached_from_below():
    rule = STOPPING["target"](metric="test_accuracy", value=0.9)
    assert rule.reason(history("test_accuracy", [0.95, 0.89])) == ""
    said = rule.reason(history("test_accuracy", [0.5, 0.9]))
    assert said == f"The test accuracy reached 0.9 at step 100; the target was 0.9.{FLATTERS}"


def test_target_of_a_loss_is_reached_from_above():
    rule = STOPPING["target"](metric="train_loss", value=0.1)
    assert rule.reason(history("train_loss", [0.05, 0.2])) == ""
    assert rule.reason(history("train_loss", [0.5, 0.08])) == "The train loss reached 0.08 at step 100; the target was 0.1."
    assert rule.reason(history("train_loss", [0.5, float("nan")])) == ""


def test_plateau_needs_a_whole_window_without_a_gain():
    rule = STOPPING["plateau"](steps=300, gain=0.01)
    assert rule.reason(history("train_loss", [1.0, 0.999, 0.998])) == ""
    assert rule.reason(history("train_loss", [1.0, 0.999, 0.998, 0.98])) == ""
    said = rule.reason(history("train_loss", [1.0, 0.999, 0.998, 0.995]))
    assert said == "The training loss has not fallen below 1 by 1.00% or more for 300 steps; it is 0.995."


def test_early_stopping_counts_epochs_since_the_best():
    rule = STOPPING["early_stopping"](epochs=20)
    assert rule.reason(history("test_loss", [1.0, 0.5, 0.6, 0.4, 0.7])) == ""
    said = rule.reason(history("test_loss", [1.0, 0.5, 0.6, 0.7]))
    assert said == f"The test loss has not improved for 20 epochs: its best was 0.5 at step 100, it is 0.7.{FLATTERS}"


def test_early_stopping_ignores_gains_that_are_too_small():
    losses = [1.0, 0.99, 0.98]
    assert STOPPING["early_stopping"](epochs=20, gain=0.1).reason(history("test_loss", losses))
    assert not STOPPING["early_stopping"](epochs=20, gain=0.0).reason(history("test_loss", losses))


def test_divergence_has_to_last():
    rule = STOPPING["divergence"]()
    high = [2e4] * 19
    assert rule.reason(history("train_loss", [1.0, *high])) == ""
    assert rule.reason(history("train_loss", [1.0, *high, 0.5, *high])) == ""
    said = rule.reason(history("train_loss", [1.0, *high, 2e4]))
    assert said.startswith("The training loss has run away: 2e+04, more than 10,000 times its first value 1 for 20 evaluations.")


def both(test: Sequence[float], validation: Sequence[float], measure: str) -> list[StepResult]:
    """Results 100 steps apart at which both parts were measured."""
    pairs = zip(test, validation, strict=True)
    return [StepResult(i * 100, i * 10, {f"test_{measure}": a, f"validation_{measure}": b}, {}, float(i)) for i, (a, b) in enumerate(pairs)]


def test_early_stopping_watches_the_validation_part_where_there_is_one():
    rule = STOPPING["early_stopping"](epochs=20)
    assert rule.reason(both([1.0, 0.5, 0.6, 0.7], [1.0, 0.9, 0.8, 0.7], "loss")) == ""
    said = rule.reason(both([1.0, 0.9, 0.8, 0.7], [1.0, 0.5, 0.6, 0.7], "loss"))
    assert said == "The validation loss has not improved for 20 epochs: its best was 0.5 at step 100, it is 0.7."


def test_a_target_is_reached_on_the_validation_part_where_there_is_one():
    rule = STOPPING["target"](metric="test_accuracy", value=0.9)
    assert rule.reason(both([0.5, 0.95], [0.5, 0.8], "accuracy")) == ""
    said = rule.reason(both([0.5, 0.6], [0.5, 0.9], "accuracy"))
    assert said == "The validation accuracy reached 0.9 at step 100; the target was 0.9."
    assert STOPPING["target"](metric="train_loss", value=0.1).reason(both([0.0], [0.0], "loss")) == ""


def test_a_validation_part_that_was_given_up_is_watched_no_more():
    earlier = both([1.0, 0.9], [0.1, 0.2], "loss")
    later = [StepResult(200 + i * 100, 20 + i * 10, {"test_loss": 0.8 - i / 10}, {}, 0.0) for i in range(3)]
    assert STOPPING["early_stopping"](epochs=20).reason([*earlier, *later]) == ""
