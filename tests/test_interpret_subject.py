"""Which answer is meant where none is named."""

import pytest
import torch
from torch import nn

from explorer.experiment import preset
from explorer.interpret.baselines import said
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.training.loop import Training

SCORES = torch.tensor([[1.0, 3.0, 2.0], [5.0, 4.0, 6.0]])


def three(numbers: bool) -> Subject:
    x = torch.zeros(2, 4)
    return Subject("table", ("features",), nn.Linear(4, 3), ("a", "b", "c"), x, x, x.numpy(), numbers=numbers)


@pytest.mark.parametrize(("numbers", "given", "first"), [(False, [1, 2], ["b", "c", "a"]), (True, [0, 0], ["a", "b", "c"])])
def test_the_highest_score_is_the_answer_unless_all_are_numbers(numbers, given, first):
    subject = three(numbers)
    assert subject.given(SCORES) == given
    assert subject.target(Selection(), SCORES[0]) == given[0]
    assert [name for name, _, _ in subject.answers(SCORES[0])] == first


@pytest.mark.parametrize(("name", "numbers"), [("explain_tide", True), ("explain_spiral", False)])
def test_what_is_forecast_is_numbers_and_classes_are_not(name, numbers):
    assert subject_of(Training(preset(name).experiment), Selection()).numbers == numbers


def test_columns_that_were_standardised_are_said_to_be():
    tumours, spiral = (subject_of(Training(preset(name).experiment), Selection()) for name in ("explain_tumours", "explain_spiral"))
    assert tumours.slope == "logit per standard deviation of input"
    assert said(tumours, "zeros") == "an input of zeros (each column at its mean)"
    assert abs(float(tumours.background.mean())) < 0.1  # as it says
    assert spiral.slope == "logit per unit of input"
    assert said(spiral, "zeros") == "an input of zeros"
