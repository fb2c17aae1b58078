"""Gradients, seen layer by layer: against closed forms, finite differences and torch itself."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from explorer.experiment import LAYERS, Experiment, NetworkSpec, preset
from explorer.experiment.training import OPTIMIZERS
from explorer.inspections import INSPECTIONS
from explorer.inspections._rehearsal import Rehearsal, frozen, loss_on, weights_in
from explorer.inspections.gradient_flow import Several
from explorer.plots.inspections import figures
from explorer.training.loop import Training, train


def layer(kind: str, **fields):
    return LAYERS[kind].model_validate(fields)


def shaped(name: str, *layers, size: int = 60, **training) -> Experiment:
    """A preset on few data, with other layers and other settings of training."""
    experiment = preset(name).experiment
    network = NetworkSpec(layers=layers) if layers else experiment.networks["model"]
    return experiment.model_copy(
        update={
            "data": experiment.data.model_copy(update={"size": min(experiment.data.size, size)}),
            "networks": {"model": network},
            "training": experiment.training.model_copy(update=training),
        }
    )


def run_of(experiment: Experiment, steps: int = 3) -> Training:
    training = train(experiment)
    training.advance(steps=steps)
    return training


# -- copies


@pytest.mark.parametrize("name", ["spiral", "dropout", "build_08_lstm", "build_05_resnet"])
def test_a_rehearsal_makes_the_steps_that_the_run_then_makes(name):
    training = run_of(shaped(name, batch_size=8, engine="eager"))
    rehearsal = Rehearsal(training)
    losses = [rehearsal.step() for _ in range(4)]
    real = [float(next(iter(training.make_steps(1).values()))[0]) for _ in range(4)]
    assert losses == real
    assert all(torch.equal(a, b) for a, b in zip(rehearsal.network.parameters(), training.networks["model"].parameters(), strict=True))


def test_layers_come_in_the_order_of_the_data():
    training = train(shaped("build_05_resnet"))
    order = list(dict.fromkeys(one.layer for one in weights_in(training.networks["model"])))
    assert order[:4] == ["conv2d_1", "conv2d_2", "batch_norm2d_1", "conv2d_3"]
    assert order[-1] == "output_1"
    assert {id(one.values) for one in weights_in(training.networks["model"])} == {id(p) for p in training.networks["model"].parameters()}


# -- gradient flow


def test_the_noise_scale_of_all_single_examples_is_the_closed_form():
    gradients = torch.tensor([[1.0, 2.0], [3.0, -1.0], [2.0, 5.0], [4.0, 1.0]])
    several = Several(size=1)
    for one in gradients:
        several.add(one)
    noise, mean = several.noise(), gradients.double().mean(0)
    trace = (gradients.double() - mean).square().sum().item() / 3
    assert noise.trace == pytest.approx(trace)
    assert noise.square == pytest.approx(mean.square().sum().item() - trace / 4)  # the mean of four has a quarter of one's variance
    assert noise.scale == pytest.approx(noise.trace / noise.square)


def test_the_noise_scale_does_not_depend_on_the_size_of_the_batches():
    examples = 0.3 + torch.randn(4096, 20, generator=torch.Generator().manual_seed(0))  # trace 20, square 20 * 0.09: scale 11.1
    for size in (4, 32, 128):
        several = Several(size)
        for batch in examples.split(size):
            several.add(batch.mean(0))
        assert several.noise().scale == pytest.approx(20 / 1.8, rel=0.15)


def test_gradients_that_share_nothing_have_no_noise_scale():
    several = Several(size=1)
    for one in ([1.0, 0.0], [-1.0, 0.0]):
        several.add(torch.tensor(one))
    assert several.noise().scale is None
    assert "cannot be told" in several.noise().words


def test_sign_agreement_counts_pairs():
    several = Several(size=1)
    for one in ([1.0, 1.0, 0.0], [2.0, -1.0, 1.0], [3.0, 1.0, 1.0], [1.0, 1.0, 1.0]):
        several.add(torch.tensor(one))
    assert several.agreement(slice(0, 1)) == 1.0
    assert several.agreement(slice(1, 2)) == 0.5  # of 6 pairs, the 3 without the second one
    assert np.isnan(several.agreement(slice(2, 3)))  # no gradient in one batch


def test_norms_are_those_of_torch():
    training = run_of(shaped("digits_cnn"))
    found = INSPECTIONS["gradient_flow"]().look(training)
    network = copy.deepcopy(training.networks["model"]).eval()
    loss = loss_on(training, network, training.state.x_train[:64], training.state.y_train[:64])
    for number, name in enumerate(found.facts["layers"]):
        parameters = list(network.module_of(name).parameters())
        norm = torch.cat([g.flatten() for g in torch.autograd.grad(loss, parameters, retain_graph=True)]).norm().item()
        assert found.arrays["gradient_norm"][number] == pytest.approx(norm, rel=1e-4)
        assert found.arrays["weight_norm"][number] == pytest.approx(torch.cat([p.detach().flatten() for p in parameters]).norm().item())


def test_the_next_step_is_the_one_the_run_makes():
    training = run_of(shaped("digits_cnn"))
    found = INSPECTIONS["gradient_flow"]().look(training)
    before = frozen(training)
    training.make_steps(1)
    for number, name in enumerate(found.facts["layers"]):
        moved = [
            (a - b).square().sum().item()
            for a, b in zip(before.module_of(name).parameters(), training.module_of("model", name).parameters(), strict=True)
        ]
        assert found.arrays["update_norm"][number] == pytest.approx(sum(moved) ** 0.5, rel=1e-3)


def test_sigmoids_in_a_row_are_said_to_vanish():
    training = run_of(shaped("vanishing"))
    words = " ".join(INSPECTIONS["gradient_flow"]().look(training).words)
    assert "It vanishes on the way back" in words
    assert "Linear 1" in words.split("vanishes")[1]
    shallow = " ".join(INSPECTIONS["gradient_flow"]().look(run_of(shaped("xor"))).words)
    assert "vanishes" not in shallow


def test_its_figures_leave_out_what_a_logarithm_cannot_show():
    found = INSPECTIONS["gradient_flow"]().look(run_of(shaped("xor", optimizer=OPTIMIZERS["sgd"](learning_rate=0.0))))
    assert not found.arrays["update"].any()
    drawn = figures(found)
    assert np.isnan(drawn["How much the next step changes"].data[0].y).all()
    assert "least, by 0%" in " ".join(found.words)
