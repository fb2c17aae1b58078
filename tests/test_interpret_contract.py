"""What every explanation keeps to, on every kind of input it claims to fit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from explorer.experiment import Experiment
from explorer.interpret.base import EXPLANATIONS, KINDS, Map, OverRun
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.results.attribution import Attribution
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

PRESETS = {
    "image": "digits_cnn",
    "audio": "data_spoken_vowels",
    "table": "tips",
    "text": "data_sentiment",
    "series": "data_stocks",
    "points": "spiral",
}
FITTING = [(name, kind) for name in EXPLANATIONS for kind in EXPLANATIONS[name].fits]


@cache
def trained(preset: str) -> Training:
    training = train(Experiment.preset(preset))
    training.advance(steps=20)
    return training


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_input_has_a_preset(kind):
    assert subject_of(trained(PRESETS[kind]), Selection()).kind == kind


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_says_what_it_is_and_where_it_comes_from(name):
    method = EXPLANATIONS[name]
    assert method.summary().endswith(".")
    assert method.group
    assert "Source: " in (method.__doc__ or "")
    if issubclass(method, Map):
        assert method.meaning.endswith(".")


@pytest.mark.parametrize(("name", "kind"), FITTING)
def test_answers_where_it_fits_and_leaves_the_training_as_it_was(name, kind):
    method, training = EXPLANATIONS[name], trained(PRESETS[kind])
    if issubclass(method, OverRun) or method.slow:
        pytest.skip("looks at many steps or takes its time: its own tests ask it")
    before = {key: value.clone() for key, value in training.networks["model"].state_dict().items()}
    subject = subject_of(training, Selection())
    if method.reason_not(subject):
        assert method.reason_not(subject).endswith(".")
        return
    found = method().explain(subject, Selection(example=1))
    again = Inspected.unpack(found.pack())
    assert found.kind == name
    assert found.step == training.step
    assert found.words
    assert all(np.isfinite(array).all() for array in again.arrays.values() if array.dtype.kind == "f")
    assert all(torch.equal(value, before[key]) for key, value in training.networks["model"].state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks or module._backward_hooks for module in subject.answer.modules())


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kind in FITTING if issubclass(EXPLANATIONS[name], Map)])
def test_a_map_has_a_number_for_every_part_of_the_input(name, kind):
    method, subject = EXPLANATIONS[name], subject_of(trained(PRESETS[kind]), Selection())
    if method.reason_not(subject):
        pytest.skip(method.reason_not(subject))
    found = Attribution.from_inspected(method().explain(subject, Selection(example=1)))
    assert found.values.shape == tuple(subject.x.shape[1:])
    assert len(found.axes) == found.values.ndim
    assert found.signed or (found.values >= 0).all()
    assert found.passes <= 2 * method().passes(subject) + 2, "costs more than it says"
    assert Attribution.from_inspected(found.to_inspected()).words == found.words
