"""Modules of torch's own that slide over time count their units on the second axis, and steps on the third."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.foreign import Known, subject_from
from explorer.interpret.layered import layers_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject

STEPS, UNITS = 9, 5


@pytest.fixture
def subject() -> Subject:
    torch.manual_seed(3)
    slides = (nn.Conv1d(2, UNITS, 3, padding=1), nn.BatchNorm1d(UNITS), nn.ReLU(), nn.AvgPool1d(3))
    net = nn.Sequential(*slides, nn.Flatten(), nn.Linear(UNITS * 3, 2))
    x = torch.randn(6, 2, STEPS, generator=torch.Generator().manual_seed(1))
    return subject_from(net, x, Known(kind="series"))


def test_units_and_steps_are_told_apart_in_what_slides_and_in_what_follows_on_it(subject):
    layers = layers_of(subject)
    assert [layers[name].units for name in ("0", "1", "2", "3")] == [UNITS] * 4
    assert [layers[name].axis for name in ("0", "1", "2", "3")] == [1] * 4
    assert layers["5"].units == 2


def test_what_a_unit_counts_is_the_sum_over_its_steps(subject):
    found = EXPLANATIONS["layer_gradient_x_activation"]().explain(subject, Selection(layer="2", example=1, target="1"))
    net = subject.answer.network.network
    given = net[:3](torch.as_tensor(subject.answer.form.there(subject.x[1:2]))).detach().requires_grad_()
    with torch.enable_grad():
        (slopes,) = torch.autograd.grad(net[3:](given)[0, 1], given)
    wanted = (slopes * given.detach()).sum(2)[0]
    assert found.arrays["values"] == pytest.approx(wanted.numpy(), abs=1e-5)
    assert found.arrays["maps"].shape == (UNITS, STEPS)


def test_a_neuron_is_looked_at_where_its_own_row_is_largest(subject):
    selection = Selection(layer="0", unit=3, example=2)
    asked = subject_from(subject.answer.network.network, subject.answer.form.there(subject.x), Known(kind="series"), selection)
    found = EXPLANATIONS["neuron_gradient"]().explain(asked, selection)
    step = int(subject.answer.network.network[0](subject.answer.form.there(subject.x[2:3]))[0, 3].argmax())
    assert f"unit 3 of 0 at step {step}" in " ".join(found.words)
