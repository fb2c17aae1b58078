"""Gradients, seen layer by layer: against closed forms, finite differences and torch itself."""

from __future__ import annotations

import copy
import json
import math
import re

import numpy as np
import pytest
import torch

from explorer.errors import SpecError
from explorer.experiment import LAYERS, TASKS, Experiment, NetworkSpec, preset
from explorer.experiment.training import OPTIMIZERS, SCHEDULES
from explorer.inspections import INSPECTIONS
from explorer.inspections._rehearsal import Rehearsal, frozen, loss_on, weights_in
from explorer.inspections._surfaces import SURFACES
from explorer.inspections.backprop import Backprop
from explorer.inspections.gradient_flow import GradientFlow, Several
from explorer.inspections.gradient_through_time import GradientThroughTime, swapped
from explorer.inspections.optimiser import Optimiser
from explorer.inspections.optimiser_race import OptimiserRace
from explorer.inspections.wording import latex
from explorer.plots.inspections import figures
from explorer.training.batches import BatchStream
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
            "training": experiment.training.model_copy(update={"engine": "eager", **training}),
        }
    )


def run_of(experiment: Experiment, steps: int = 3) -> Training:
    training = train(experiment)
    training.advance(steps=steps)
    return training


# -- copies


@pytest.mark.parametrize("name", ["spiral", "dropout", "build_08_lstm", "build_05_resnet"])
def test_a_rehearsal_makes_the_steps_that_the_run_then_makes(name):
    training = run_of(shaped(name, batch_size=8))
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
    found = GradientFlow().look(training)
    network = copy.deepcopy(training.networks["model"]).eval()
    loss = loss_on(training, network, training.state.x_train[:64], training.state.y_train[:64])
    for number, name in enumerate(found.facts["layers"]):
        parameters = list(network.module_of(name).parameters())
        norm = torch.cat([g.flatten() for g in torch.autograd.grad(loss, parameters, retain_graph=True)]).norm().item()
        assert found.arrays["gradient_norm"][number] == pytest.approx(norm, rel=1e-4)
        assert found.arrays["weight_norm"][number] == pytest.approx(torch.cat([p.detach().flatten() for p in parameters]).norm().item())


def test_the_next_step_is_the_one_the_run_makes():
    training = run_of(shaped("digits_cnn"))
    found = GradientFlow().look(training)
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
    words = " ".join(GradientFlow().look(training).words)
    assert "It vanishes on the way back" in words
    assert "linear_1" in words.split("vanishes")[1]
    shallow = " ".join(GradientFlow().look(run_of(shaped("xor"))).words)
    assert "vanishes" not in shallow


def test_its_figures_leave_out_what_a_logarithm_cannot_show():
    found = GradientFlow().look(run_of(shaped("xor", optimizer=OPTIMIZERS["sgd"](learning_rate=0.0))))
    assert not found.arrays["update"].any()
    drawn = figures(found)
    assert np.isnan(drawn["How much the next step changes"].data[0].y).all()
    assert "least, by 0%" in " ".join(found.words)


# -- backpropagation

SMOOTH = layer("tanh")
FLAT = (layer("flatten"), layer("output"))
WIDE = layer("residual", body=(layer("conv2d", out_channels=16, padding=1),))
NETWORKS = {
    "linear": ("spiral", layer("linear"), SMOOTH, layer("batch_norm1d"), layer("linear"), SMOOTH, layer("layer_norm"), layer("output")),
    "maxout": ("spiral", layer("maxout"), layer("group_norm", groups=2), layer("rms_norm"), layer("output")),
    "convolution": (
        "digits_cnn",
        layer("conv2d", kernel_size=3, stride=2, padding=1, dilation=2),
        SMOOTH,
        layer("batch_norm2d"),
        layer("depthwise_conv2d", multiplier=2),
        layer("squeeze_excitation"),
        *FLAT,
    ),
    "stamps": (
        "digits_cnn",
        layer("conv2d", kernel_size=3),
        layer("instance_norm2d"),
        layer("conv_transpose2d", kernel_size=3, stride=2, padding=1),
        layer("group_norm", groups=4),
        *FLAT,
    ),
    "bottleneck": (
        "digits_cnn",
        layer("bottleneck"),
        layer("layer_norm"),
        layer("residual", body=(layer("conv2d", out_channels=16, padding=1),)),
        *FLAT,
    ),
    "series": (
        "build_07_dilated_conv1d",
        layer("conv1d", stride=2, padding=2, dilation=2),
        SMOOTH,
        layer("conv1d", causal=True, dilation=3),
        layer("rms_norm"),
        layer("last_step"),
        layer("output"),
    ),
    "rnn": ("build_09_gru", layer("rnn"), layer("rnn", bidirectional=True), layer("mean_over_time"), layer("output")),
    "lstm": ("build_09_gru", layer("lstm"), layer("lstm", bidirectional=True), layer("mean_over_time"), layer("output")),
    "gru": ("build_09_gru", layer("gru"), layer("gru", bidirectional=True), layer("mean_over_time"), layer("output")),
    "encoder": (
        "build_11_tiny_encoder",
        layer("embedding"),
        layer("positional_encoding_learned"),
        layer("self_attention", heads=2),
        layer("repeat", body=(layer("transformer_block", heads=2, expansion=2),)),
        layer("output"),
    ),
    "decoder": (
        "build_12_tiny_decoder",
        layer("embedding"),
        layer("cross_attention", causal=True),
        layer("transformer_decoder", heads=2, expansion=2),
        layer("output"),
    ),
}


def looked_at(name: str) -> Training:
    training = run_of(shaped(NETWORKS[name][0], *NETWORKS[name][1:], size=30, batch_size=8), steps=2)
    torch.manual_seed(0)
    with torch.no_grad():  # norms whose shift is still 0 and scale 1 would hide a rule that forgets them
        for one in weights_in(training.networks["model"]):
            one.values.add_(0.1 * torch.randn(one.values.shape))
    return training


def run_code(training: Training, code: str) -> dict:
    network = frozen(training, double=True)
    x, y = training.state.x_train[:1], training.state.y_train[:1]
    named = {"network": network, "objective": training.experiment.task.objective}
    named["x"], named["y"] = (part.double() if part.is_floating_point() else part for part in (x, y))
    exec(code, named)
    return named


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_is_the_sum_of_its_products_and_what_a_difference_says(name):
    training = looked_at(name)
    for target in Backprop.choices(training)["target"]:
        found = Backprop(target=target).look(training)
        gradient, difference = found.facts["gradient"], found.facts["difference"]
        assert (found.arrays["left"] * found.arrays["right"]).sum() == pytest.approx(gradient, rel=1e-9, abs=1e-15), target
        if abs(gradient) > 100 * difference["resolution"]:
            assert difference["error"] < 1e-4, target
        else:
            assert abs(difference["value"]) < 200 * difference["resolution"], target
        named = run_code(training, found.facts["code"])
        results = [named[one].item() for one in ("by_torch", "by_hand") if one in named]
        assert results, target
        assert results == pytest.approx([gradient] * len(results), rel=1e-9, abs=1e-15), target


def test_a_chosen_place_is_followed_even_where_it_hardly_counts():
    training = looked_at("convolution")
    for place in ("0,0,0,0", "5, 0, 2, 1"):
        found = Backprop(target="conv2d_1.weight", place=place, example=3).look(training)
        assert found.facts["place"] == [int(one) for one in place.split(",")]
        assert found.facts["difference"]["error"] < 1e-4


def test_a_chain_of_two_linear_layers_is_the_closed_form():
    training = train(shaped("curve", layer("linear", out_features=1), layer("output")))
    network = training.networks["model"].double()
    (w, b), (v, c) = ([(p.item()) for p in training.module_of("model", one).parameters()] for one in ("linear_1", "output_1"))
    x, y = training.state.x_train[2, 0].item(), training.state.y_train[2, 0].item()
    miss = v * (w * x + b) + c - y
    assert network(torch.tensor([[x]], dtype=torch.float64)).item() == pytest.approx(miss + y)
    found = Backprop(target="linear_1.weight", example=2).look(training)
    assert found.facts["gradient"] == pytest.approx(2 * miss * v * x)
    assert found.arrays["left"].tolist() == pytest.approx([2 * miss * v])
    assert found.arrays["right"].tolist() == pytest.approx([x])
    assert found.arrays["out"].tolist() == pytest.approx([abs(2 * miss), abs(2 * miss * v)])
    assert [link["factor"] for link in found.facts["chain"]] == pytest.approx([abs(v), abs(w)])
    unit = Backprop(target="linear_1.units", example=2).look(training)
    assert unit.facts["gradient"] == pytest.approx(2 * miss * v)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["linear", "convolution", "lstm", "encoder"])
def test_the_gradient_of_the_next_batch_is_the_mean_of_those_of_its_examples_and_the_sum_of_their_products(name):
    training = looked_at(name)
    batch = Rehearsal(training).next_batch().tolist()
    for target in Backprop.choices(training)["target"][:3]:
        found = Backprop(target=target, example=-1).look(training)
        place = ", ".join(map(str, found.facts["place"]))
        alone = [Backprop(target=target, place=place, example=one).look(training) for one in batch]
        assert found.facts["gradient"] == pytest.approx(np.mean([one.facts["gradient"] for one in alone]), rel=1e-9, abs=1e-15)
        assert (found.arrays["left"] * found.arrays["right"]).sum() == pytest.approx(found.facts["gradient"], rel=1e-9, abs=1e-15)
        assert len(found.arrays["left"]) == sum(len(one.arrays["left"]) for one in alone)
        assert f"next batch of {len(batch)} examples" in found.words[0]


def test_one_weight_from_the_loss_of_the_next_batch_to_what_it_is_a_step_later():
    """Backpropagation, the optimiser and the run itself agree on every number of the way."""
    training = run_of(shaped("spiral"), steps=3)
    back = Backprop(target="linear_2.weight", place="1, 4", example=-1).look(training)
    forth = Optimiser(target="linear_2.weight", place="1, 4", steps=1).look(training)
    names = [one["name"] for one in forth.facts["quantities"]]
    numbers = dict(zip(names, forth.arrays["quantities"][0], strict=True))
    before, after = forth.arrays["weight"]
    assert back.facts["value"] == pytest.approx(before, rel=1e-6)
    assert numbers["gradient"] == pytest.approx(back.facts["gradient"], rel=1e-4)
    assert before + forth.arrays["quantities"][0, -1] == pytest.approx(after, rel=1e-6)
    training.advance(steps=1)
    assert training.networks["model"].get_parameter("body.linear_2.weight")[1, 4].item() == pytest.approx(after, rel=1e-5)
    assert f"{after:.5g}" in forth.words[1]


def test_a_block_is_on_the_way_and_so_is_what_it_holds():
    training = run_of(shaped("residual"))
    chain = Backprop(target="linear_1.weight").look(training).facts["chain"]
    inside = [link["layer"] for link in chain if link["inside"]]
    assert [link["layer"] for link in chain if not link["inside"]][:3] == ["output_1", "residual_2", "residual_1"]
    assert inside == ["tanh_3", "linear_3", "tanh_2", "linear_2"]
    held = Backprop(target="linear_3.weight").look(training).facts["chain"]
    assert [link["layer"] for link in held] == ["output_1", "tanh_3", "linear_3"]  # the block around it is left out


def test_what_is_not_there_is_said_with_what_is():
    training = run_of(shaped("xor"))
    for fields, words in (
        ({"target": "linear_9.weight"}, "There is no weight or unit named 'linear_9.weight' here. There are: linear_1.weight"),
        ({"place": "99, 0"}, "whole numbers, counted from 0: the last place is"),
        ({"place": "one"}, "There is no place 'one' in linear_1.weight"),
        ({"example": 100_000}, "There is no training example 100000. There are"),
    ):
        with pytest.raises(SpecError, match=re.escape(words)):
            Backprop.model_validate(fields).look(training)


def test_a_difference_too_small_to_tell_is_said_to_be():
    training = run_of(shaped("xor"))
    with torch.no_grad():
        training.networks["model"].get_parameter("body.output_1.weight").zero_()
    found = Backprop(target="linear_1.weight").look(training)
    assert found.facts["gradient"] == 0
    assert "nothing can be told from rounding" in found.words[-1]


def test_the_formula_has_todays_numbers():
    found = Backprop().look(run_of(shaped("xor")))
    left, right = found.arrays["left"].item(), found.arrays["right"].item()
    unit, source = found.facts["place"]
    assert rf"\delta_{{{unit}}}\, a_{{{source}}} = " in found.facts["formula"]
    assert latex(left) in found.facts["formula"]
    assert latex(right) in found.facts["formula"]


# -- gradient through time


def test_through_a_linear_recurrence_the_gradient_is_a_power():
    training = run_of(shaped("build_09_gru", layer("rnn", hidden_size=1, nonlinearity="relu"), layer("last_step"), layer("output")))
    cell = training.networks["model"].get_submodule("body.rnn_1.cell")
    with torch.no_grad():  # the bias keeps the sums above 0, where ReLU passes everything on
        for name, value in (("weight_ih_l0", 0.5), ("weight_hh_l0", 0.5), ("bias_ih_l0", 50.0), ("bias_hh_l0", 0.0)):
            cell.get_parameter(name).fill_(value)
    own = GradientThroughTime(examples=4).look(training).arrays["own"]
    assert own[:-1] / own[1:] == pytest.approx([0.5] * (len(own) - 1))


@pytest.mark.parametrize("name", ["build_08_lstm", "build_10_bilstm_tagger", "build_12_tiny_decoder", "build_09_gru"])
def test_it_is_what_torch_says_of_one_example(name):
    training = run_of(shaped(name, size=30))
    own = GradientThroughTime(examples=1).look(training).arrays["own"]
    network = frozen(training, double=True)
    x, y = training.state.x_train[:1], training.state.y_train[:1]
    body, start = network.body, x.double().requires_grad_()
    if not x.is_floating_point():
        layers = list(body.children())
        start = layers[0](x).detach().requires_grad_()
        body = torch.nn.Sequential(*layers[1:])
    output = body(start)
    if output.dim() == 3:
        output, y = output[:, -1:], y[:, -1:]
    y = y.double() if y.is_floating_point() else y
    (slope,) = torch.autograd.grad(training.experiment.task.objective(output, x, y), start)
    assert own == pytest.approx(slope[0].norm(dim=1).numpy())


def test_before_training_the_own_network_is_the_first_of_its_kind():
    training = train(shaped("build_08_lstm"))
    found = GradientThroughTime(compare=True, seeds=2).look(training)
    assert found.facts["kinds"] == ["gru", "lstm", "rnn"]
    first = found.arrays["first"]
    assert first.shape == (3, 2, len(found.arrays["own"]))
    assert found.arrays["own"] == pytest.approx(first[1, 0], rel=1e-5)
    assert not np.allclose(first[1, 0], first[1, 1])
    assert first[2, 0][0] != pytest.approx(first[1, 0][0])
    assert "with LSTM" in found.words[-1]


def test_swapping_reaches_into_blocks_and_keeps_ids():
    body = (layer("lstm", hidden_size=4, bidirectional=True), layer("linear", out_features=5))
    experiment = shaped("build_09_gru", layer("linear", out_features=5), layer("residual", body=body), layer("last_step"), layer("output"))
    gru = swapped(experiment.networks["model"].layers, "gru")[1].bodies()[0][0]
    assert (gru.kind, gru.id, dict(gru)["hidden_size"], dict(gru)["bidirectional"]) == ("gru", "lstm_1", 4, True)


def test_steps_beyond_the_reach_are_said_not_to_count():
    words = GradientThroughTime().look(run_of(shaped("build_07_dilated_conv1d"))).words
    assert words[0].startswith("The loss of the last answer does not depend on the first 4 of 36 steps")


def test_what_cannot_be_swapped_or_has_no_time_is_said():
    found = GradientThroughTime(compare=True).look(run_of(shaped("build_07_dilated_conv1d")))
    assert "no recurrent layer" in found.words[-1]
    assert "reads no sequence" in GradientThroughTime.reason_not(run_of(shaped("xor")))


# -- optimiser


@pytest.mark.parametrize("kind", list(OPTIMIZERS))
def test_every_optimiser_is_followed_as_the_run_goes_on(kind):
    spec = OPTIMIZERS[kind].model_validate({"weight_decay": 0.01})
    training = run_of(shaped("xor", optimizer=spec, schedule=SCHEDULES["exponential"]()))
    found = Optimiser(steps=7, target="linear_1.weight").look(training)
    index, path, rates = tuple(found.facts["place"]), found.arrays["weight"], []
    weight = training.networks["model"].get_parameter("body.linear_1.weight")
    real = [weight[index].item()]
    for _ in range(7):
        training.make_steps(1)
        real.append(weight[index].item())
        rates.append(training.state.optimizers["model"].param_groups[0]["lr"])
    assert path.tolist() == real
    assert found.arrays["rate"].tolist() == rates
    assert found.arrays["quantities"][:, -1] == pytest.approx(np.diff(path), abs=4e-7 * max(1, np.abs(path).max()))
    named: dict = {}
    exec(found.facts["code"], named)
    assert named["weight"].item() == pytest.approx(path[5], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("settings", [{"clip_norm": 0.01}, {"l1": 0.1}, {"l2": 0.5}])
def test_the_gradient_is_the_one_the_optimiser_gets(settings):
    training = run_of(shaped("xor", optimizer=OPTIMIZERS["sgd"](learning_rate=0.1), **settings))
    found = Optimiser(steps=3).look(training)
    assert found.arrays["quantities"][:, 0] * -0.1 == pytest.approx(np.diff(found.arrays["weight"]), abs=2e-7)


def test_the_weight_with_the_largest_gradient_is_taken():
    training = run_of(shaped("digits_cnn"))
    found = Optimiser(steps=1, target="linear_1.weight").look(training)
    training.make_steps(1)
    gradient = training.networks["model"].get_parameter("body.linear_1.weight").grad
    assert gradient is not None
    assert abs(found.arrays["quantities"][0, 0]) == gradient.abs().max().item()


def test_momentum_carries_a_weight_against_its_gradient():
    training = run_of(shaped("circle", optimizer=OPTIMIZERS["momentum"](learning_rate=0.5)))
    quantities = Optimiser(steps=40).look(training)
    against = (quantities.arrays["quantities"][:, 0] * quantities.arrays["quantities"][:, -1] > 0).sum()
    assert against
    assert f"In {against} of 40 steps it moves against" in " ".join(quantities.words)


def test_a_run_of_the_fused_engine_is_followed_too():
    training = run_of(shaped("spiral", engine="fused"), steps=20)
    found = Optimiser(steps=5, target="linear_2.weight", place="0, 0").look(training)
    training.make_steps(5)
    weight = training.networks["model"].get_parameter("body.linear_2.weight")
    assert found.arrays["weight"][-1] == pytest.approx(weight[0, 0].item(), abs=1e-5)


# -- race


def test_the_paths_are_those_of_the_formulas():
    path = SURFACES["ravine"].descend(OPTIMIZERS["sgd"](learning_rate=0.03), 50)
    powers = np.arange(51)
    assert path[:, 0] == pytest.approx(-2.5 * (1 - 0.03 * 0.2) ** powers)
    assert path[:, 1] == pytest.approx(0.8 * (1 - 0.03 * 20) ** powers, abs=1e-12)
    assert path[:, 2] == pytest.approx(0.1 * path[:, 0] ** 2 + 10 * path[:, 1] ** 2)


@pytest.mark.parametrize("name", SURFACES)
def test_no_point_of_a_surface_lies_below_its_lowest(name):
    surface = SURFACES[name]
    x, y, heights = surface.grid(201)
    assert heights.shape == (201, 201)
    assert -1e-12 < heights.min() < 1e-3
    row, column = np.unravel_index(heights.argmin(), heights.shape)
    assert surface.height(torch.tensor(x[column]), torch.tensor(y[row])).item() - surface.lowest == pytest.approx(heights.min())


def test_a_step_too_long_is_said_to_leave_the_finite_numbers():
    racers = (OPTIMIZERS["sgd"](learning_rate=100.0), OPTIMIZERS["adam"]())
    found = OptimiserRace(racers=racers, surface="valley", surface_steps=50, steps=2, seeds=1).look(run_of(shaped("xor")))
    assert "SGD 100 left the finite numbers" in found.words[0]
    assert np.isnan(found.arrays["paths"][0, -1]).all()
    assert np.isfinite(found.arrays["paths"][1]).all()
    figures(found)


def test_on_the_network_every_racer_starts_from_its_weights_and_makes_its_steps():
    training = run_of(shaped("xor"))
    found = OptimiserRace(racers=(OPTIMIZERS["sgd"](), OPTIMIZERS["adam"]()), steps=5, seeds=2).look(training)
    losses, network = found.arrays["losses"], training.networks["model"]
    assert losses.shape == (3, 2, 6)
    with torch.no_grad():
        x, y = training.state.x_train[:64], training.state.y_train[:64]
        assert losses[:, :, 0].flatten().tolist() == pytest.approx([loss_on(training, network.eval(), x, y).item()] * 6)
    by_hand = train(shaped("xor", optimizer=OPTIMIZERS["sgd"]()))
    by_hand.networks["model"].load_state_dict(network.state_dict())
    by_hand.batches = BatchStream(by_hand.batches.n, training.experiment.seed + 2)
    by_hand.make_steps(5)
    with torch.no_grad():
        assert losses[0, 1, 5] == pytest.approx(loss_on(by_hand, by_hand.networks["model"].eval(), x, y).item())


def test_the_run_itself_goes_along_with_what_it_has_gathered():
    training = run_of(shaped("xor"), steps=30)
    own = training.experiment.training.optimizer
    losses = OptimiserRace(racers=(own,), steps=8, seeds=1).look(training).arrays["losses"]
    assert losses[0, 0, 0] == losses[1, 0, 0]
    assert losses[0, 0, 1] != losses[1, 0, 1]  # the same optimiser with nothing remembered takes another step


def test_progress_goes_up_to_all_of_it():
    told: list[float] = []
    OptimiserRace(steps=3).look(run_of(shaped("xor")), told.append)
    assert told == sorted(told)
    assert told[-1] == 1


# -- networks that have nothing left to show


def filled(name: str, value: float) -> Training:
    training = run_of(shaped(name))
    with torch.no_grad():
        for values in training.networks["model"].parameters():
            values.fill_(value)
    return training


@pytest.mark.parametrize("kind", ["gradient_flow", "backprop", "gradient_through_time", "optimiser", "optimiser_race"])
def test_broken_weights_and_several_losses_are_the_reason_why_not(kind):
    assert "no finite numbers any more" in INSPECTIONS[kind].reason_not(filled("build_08_lstm", math.nan))
    experiment = preset("circle").experiment
    layers = {"generator": (layer("linear"), layer("output")), "discriminator": (layer("linear"), layer("output"))}
    networks = {role: NetworkSpec(layers=those) for role, those in layers.items()}
    gan = experiment.model_copy(update={"task": TASKS["gan"](), "networks": networks})
    assert "trained against each other" in INSPECTIONS[kind].reason_not(train(gan))


@pytest.mark.parametrize("value", [0.0, 1e30])
@pytest.mark.parametrize("kind", ["gradient_flow", "backprop", "gradient_through_time", "optimiser"])
def test_a_network_of_zeros_and_one_of_huge_numbers_are_answered(kind, value):
    found = INSPECTIONS[kind]().look(filled("build_08_lstm", value))
    json.dumps(found.facts, allow_nan=False)
    assert found.words
    assert figures(found)


def test_a_gradient_of_nothing_is_said_to_be_one():
    assert GradientFlow().look(filled("xor", 0.0)).words[0].startswith("The gradient of a weight is")  # the output's bias has one
    dead = run_of(shaped("xor", layer("linear"), layer("relu"), layer("output", bias=False)))
    with torch.no_grad():
        dead.networks["model"].get_parameter("body.linear_1.bias").fill_(-100.0)
    assert GradientFlow().look(dead).words[0].startswith("The gradient is 0 in every layer")


def test_at_a_kink_the_difference_is_said_to_go_wrong():
    training = run_of(shaped("xor", layer("linear"), layer("relu"), layer("output")))
    network = training.networks["model"]
    with torch.no_grad():  # ReLU stands exactly at 0, where its slope is taken as 0 and goes on as 1
        network.get_parameter("body.linear_1.weight").zero_()
        network.get_parameter("body.linear_1.bias").zero_()
        network.get_parameter("body.output_1.weight").fill_(1.0)
    found = Backprop(target="linear_1.bias", place="0").look(training)
    assert found.facts["gradient"] == 0
    assert found.facts["difference"]["error"] == 1
    assert "kink" in found.words[-1]
