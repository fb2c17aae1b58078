"""What every inspection must do, whatever it asks."""

from __future__ import annotations

import functools
import json

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from explorer.experiment import LAYERS, Experiment, NetworkSpec, preset
from explorer.inspections import INSPECTIONS, Inspection
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

QUICK = {  # fields of questions that take long as they are asked at first
    "landscape": {"side": 5, "examples": 32},
    "optimiser_race": {"surface_steps": 40, "steps": 4},
}
PRESETS = ("spiral", "digits_cnn", "build_08_lstm", "build_12_tiny_decoder")  # a plane, pictures, a recurrent network, attention
STAMPED = "stamped"  # pictures that are made larger, as in a decoder, which no preset does
NETWORKS = (*PRESETS, STAMPED)


@functools.cache
def run_of(name: str) -> Training:
    """A preset, or what has none, after three steps."""
    training = train(small(stamped() if name == STAMPED else preset(name).experiment))
    training.advance(steps=3)
    for network in training.networks.values():
        network.zero_grad()  # as in a training that was restored
    return training


def small(experiment: Experiment) -> Experiment:
    data = experiment.data
    return experiment.model_copy(update={"data": data.model_copy(update={"size": min(data.size, 200)})})


def stamped() -> Experiment:
    layers = [
        LAYERS["conv2d"](out_channels=3, kernel_size=3, stride=2),
        LAYERS["conv_transpose2d"](out_channels=2, kernel_size=3),
        LAYERS["flatten"](),
        LAYERS["output"](),
    ]
    return preset("digits_cnn").experiment.with_network("model", NetworkSpec(layers=layers))


def asked(kind: str) -> Inspection:
    return INSPECTIONS[kind].model_validate(QUICK.get(kind, {}))


def state_of(training: Training) -> list[torch.Tensor]:
    tensors, _ = training.checkpoint()
    return [tensors[name] for name in sorted(tensors)]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", list(INSPECTIONS))
def test_it_answers_or_says_why_not(kind, name):
    training = run_of(name)
    reason = INSPECTIONS[kind].reason_not(training)
    if reason:
        assert reason.endswith(".")
        assert len(reason) > 20
        return
    before, modes = state_of(training), [module.training for network in training.networks.values() for module in network.modules()]
    found = asked(kind).look(training)
    assert found.kind == kind
    assert found.step == training.step
    assert found.words
    assert all(torch.equal(one, other) for one, other in zip(before, state_of(training), strict=True))
    assert [module.training for network in training.networks.values() for module in network.modules()] == modes
    assert all(p.grad is None for network in training.networks.values() for p in network.parameters())
    json.dumps(found.facts, allow_nan=False)
    again = Inspected.unpack(found.pack())
    assert again.words == found.words
    assert set(again.arrays) == set(found.arrays)
    assert all(np.array_equal(again.arrays[one], found.arrays[one], equal_nan=True) for one in found.arrays)


@pytest.mark.parametrize("kind", list(INSPECTIONS))
def test_it_is_drawn_with_units(kind):
    training = next((run_of(name) for name in NETWORKS if not INSPECTIONS[kind].reason_not(run_of(name))), None)
    assert training is not None, "no network of these tests has anything to show for it"
    drawn = figures(asked(kind).look(training))
    assert drawn
    assert all(isinstance(figure, go.Figure) for figure in drawn.values())


@pytest.mark.parametrize("kind", list(INSPECTIONS))
def test_its_first_line_can_be_read(kind):
    cls = INSPECTIONS[kind]
    assert cls.group
    assert cls.summary().endswith(".")
    assert len(cls.summary()) < 140
