"""The numbers in the figures are the numbers in the records."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.plots.confusion_matrix import confusion_matrix
from explorer.plots.loss_curve import label_of, loss_curve
from explorer.plots.residuals import residuals


def test_loss_curve_draws_every_loss_over_steps_and_leaves_out_what_was_not_measured():
    history = {
        "step": np.array([0, 10, 20], np.float32),
        "train_loss": np.array([0.7, 0.5, 0.25], np.float32),
        "test_loss": np.array([0.75, np.nan, 0.5], np.float32),
        "train_accuracy": np.array([0.5, 0.6, 0.7], np.float32),
    }
    figure = loss_curve(history, unit="nats per example")
    assert [trace.name for trace in figure.data] == ["training loss", "test loss"]
    np.testing.assert_array_equal(figure.data[0].y, np.array([0.7, 0.5, 0.25], np.float32))
    np.testing.assert_array_equal(figure.data[1].x, [0, 20])
    assert figure.layout.xaxis.title.text == "step (updates of the weights)"
    assert figure.layout.yaxis.title.text == "loss (nats per example)"


def test_loss_curve_marks_changes_and_can_be_logarithmic():
    figure = loss_curve(
        {"step": np.arange(3.0), "train_accuracy": np.ones(3)},
        "share right",
        [{"step": 2, "text": "learning rate 0.1"}],
        ["train_accuracy"],
        True,
    )
    assert figure.layout.shapes[0].x0 == 2
    assert figure.layout.annotations[0].text == "learning rate 0.1"
    assert (figure.layout.yaxis.type, figure.layout.yaxis.title.text) == ("log", "accuracy (share right)")


def test_metric_names_are_words():
    assert (label_of("train_loss"), label_of("generator_loss"), label_of("test_r2")) == ("training loss", "generator loss", "test r2")


def test_confusion_matrix_colours_by_share_of_the_true_class_and_writes_counts():
    figure = confusion_matrix(np.array([[8, 2], [0, 5]], np.int32), ["inside", "outside"])
    np.testing.assert_allclose(figure.data[0].z, [[0.8, 0.2], [0, 1]])
    np.testing.assert_array_equal(figure.data[0].text, [[8, 2], [0, 5]])
    assert list(figure.data[0].x) == ["inside", "outside"]


def test_a_class_without_examples_divides_nothing_by_zero():
    figure = confusion_matrix(np.array([[0, 0], [1, 3]]), ["a", "b"])
    np.testing.assert_allclose(figure.data[0].z, [[0, 0], [0.25, 0.75]])


def test_residuals_draw_prediction_over_truth_and_the_perfect_line():
    figure = residuals(np.array([[1.0, 2.0], [4.0, 3.0]], np.float32), "price (francs)")
    np.testing.assert_array_equal(figure.data[0].x, [2, 3])
    np.testing.assert_array_equal(figure.data[0].y, [1, 4])
    np.testing.assert_array_equal(figure.data[0].customdata, [-1, 1])
    assert list(figure.data[1].x) == [1.0, 4.0]
    assert figure.layout.xaxis.title.text == "true price (francs)"


@pytest.mark.parametrize(
    "figure",
    [loss_curve({}), confusion_matrix(np.zeros((0, 0), np.int32), []), residuals(np.zeros((0, 2)))],
    ids=["loss_curve", "confusion_matrix", "residuals"],
)
def test_nothing_measured_yet_gives_an_empty_figure_with_named_axes(figure):
    assert sum(len(trace.x if trace.x is not None else ()) for trace in figure.data) == 0
    assert figure.layout.xaxis.title.text
    assert figure.layout.yaxis.title.text
