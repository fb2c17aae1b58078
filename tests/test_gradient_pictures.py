"""Gradients as pictures: against the closed form of softmax regression, and against torch."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from explorer.errors import SpecError
from explorer.experiment import LAYERS, NetworkSpec, preset
from explorer.inspections.gradient_pictures import GradientPictures
from explorer.plots.inspections import figures
from explorer.training.loop import Training, train


def run_of(name: str, *layers: str) -> Training:
    experiment = preset(name).experiment
    update = {"data": experiment.data.model_copy(update={"size": min(experiment.data.size, 200)})}
    if layers:
        update["networks"] = {"model": NetworkSpec(layers=tuple(LAYERS[kind].model_validate({}) for kind in layers))}
    training = train(experiment.model_copy(update=update))
    training.advance(steps=2)
    return training


def test_the_gradient_of_softmax_regression_is_the_error_times_the_picture():
    training = run_of("digits_cnn", "flatten", "linear", "output")
    module = training.module_of("model", "linear_1")
    last = training.module_of("model", "output_1")
    x, y = training.state.x_train[:16].flatten(1).double(), training.state.y_train[:16]
    with torch.no_grad():
        hidden = x @ module.weight.double().T + module.bias.double()
        error = (hidden @ last.weight.double().T + last.bias.double()).softmax(1)
        error[torch.arange(16), y] -= 1
        slopes = (error @ last.weight.double()).T @ x / 16
    found = GradientPictures(batch=16).look(training)
    np.testing.assert_allclose(found.arrays["weight_slopes"], slopes.view(-1, 8, 8).numpy(), atol=1e-6)
    np.testing.assert_allclose(found.arrays["weights"], module.weight.detach().view(-1, 8, 8).numpy())


def test_filters_and_maps_have_the_gradients_torch_gives():
    training = run_of("digits_cnn")
    network = copy.deepcopy(training.networks["model"]).eval()
    conv = network.module_of("conv2d_2")
    x, y = training.state.x_train[:64], training.state.y_train[:64]
    torch.nn.functional.cross_entropy(network(x), y).backward()
    found = GradientPictures(layer="conv2d_2", channel=3, example=5).look(training)
    np.testing.assert_allclose(found.arrays["weight_slopes"], conv.weight.grad[found.arrays["units"], 3], atol=1e-6)
    network.zero_grad()
    torch.nn.functional.cross_entropy(network(training.state.x_test[5:6]), training.state.y_test[5:6]).backward()
    sums = found.arrays["output_slopes"].sum((1, 2))  # a bias is added at every position
    np.testing.assert_allclose(sums, conv.bias.grad[found.arrays["maps"]], atol=1e-6)


@pytest.mark.parametrize("scale", ["layer", "unit"])
def test_colours_are_full_at_what_was_chosen(scale):
    found = GradientPictures(layer="conv2d_2", scale=scale).look(run_of("digits_cnn"))
    for name in ("weight", "weight_slope", "output", "output_slope"):
        sizes = np.abs(found.arrays[f"{name}s"]).max((1, 2))
        wanted = np.where(sizes > 0, sizes, 1) if scale == "unit" else np.full(len(sizes), sizes.max())
        np.testing.assert_allclose(found.arrays[f"{name}_limits"], wanted, rtol=1e-6)


def test_tokens_that_are_not_in_the_batch_have_no_gradient():
    training = run_of("build_12_tiny_decoder")
    found = GradientPictures(batch=1).look(training)
    there = set(training.state.x_train[0].tolist())
    still = {int(unit) for unit, slopes in zip(found.arrays["units"], found.arrays["weight_slopes"], strict=True) if not slopes.any()}
    assert found.facts["form"] == "table"
    assert not still & there
    assert set(found.arrays["units"].tolist()) - still <= there
    assert any("no gradient at all" in sentence for sentence in found.words)


def test_a_channel_that_is_not_there_is_explained():
    with pytest.raises(SpecError, match=r"have no channel 1: they have 1 channel, from 0 on"):
        GradientPictures(channel=1).look(run_of("digits_cnn"))


@pytest.mark.parametrize("name", ["digits_cnn", "digits_mlp", "build_12_tiny_decoder", "build_07_dilated_conv1d", "build_14_autoencoder"])
def test_every_form_is_drawn_and_the_training_stays(name):
    training = run_of(name)
    before = {key: value.clone() for key, value in training.networks["model"].state_dict().items()}
    drawn = figures(GradientPictures().look(training))
    assert len(drawn) >= 2
    assert all(torch.equal(before[key], value) for key, value in training.networks["model"].state_dict().items())
