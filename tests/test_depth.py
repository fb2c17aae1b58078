"""Stacks, what depth does to gradient and signal, the map of choices, and the claims of the presets about both."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import DATASETS, INITIALISATIONS, LAYERS, Experiment, NetworkSpec, changed, preset, presets
from explorer.experiment.stack import Stack, stack_of
from explorer.inspections.depth_flow import DepthFlow
from explorer.inspections.depth_map import ACTIVATIONS, DEPTHS, DepthMap
from explorer.inspections.through_depth import FAINT, beside, counted_out, flow_of, sized
from explorer.plots.inspections.depth_flow import Curve, compared
from explorer.plots.inspections.depth_map import chart, figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

XAVIER = INITIALISATIONS["xavier_uniform"]()
STACKS = (
    Stack(depth=2, width=4, activation="relu"),
    Stack(depth=5, width=6, activation="leaky_relu", normalisation="layer_norm"),
    Stack(depth=3, width=4, activation="tanh", normalisation="batch_norm1d", residual=True),
    Stack(depth=30, width=8, activation="sigmoid", residual=True),
)


def run_of(stack: Stack, data: str = "moons", seed: int = 0, **initialisation) -> Training:
    chosen = INITIALISATIONS[initialisation.pop("kind", "xavier_uniform")].model_validate(initialisation)
    pictures = DATASETS[data].image_shape is not None
    networks = {"model": stack.network(chosen, pictures)}
    fields = {"data": {"kind": data}, "task": {"kind": "classification"}, "networks": networks, "seed": seed}
    return train(Experiment.model_validate(fields))


# -- stacks


@pytest.mark.parametrize("stack", STACKS, ids=str)
@pytest.mark.parametrize("pictures", [False, True])
def test_a_stack_is_read_back_from_its_network(stack, pictures):
    network = stack.network(XAVIER, pictures)
    assert stack_of(network) == stack
    assert stack_of(NetworkSpec.model_validate_json(network.model_dump_json())) == stack
    assert sum(layer.kind == "linear" for layer in network.walk()) == stack.depth
    assert (network.layers[0].kind == "flatten") == pictures


@pytest.mark.parametrize(
    "layers",
    [
        ({"kind": "output"},),
        ({"kind": "linear"}, {"kind": "tanh"}, {"kind": "linear"}, {"kind": "relu"}, {"kind": "output"}),
        ({"kind": "linear"}, {"kind": "tanh"}, {"kind": "linear", "out_features": 9}, {"kind": "tanh"}, {"kind": "output"}),
        ({"kind": "linear"}, {"kind": "leaky_relu", "negative_slope": 0.3}, {"kind": "linear"}, {"kind": "leaky_relu"}, {"kind": "output"}),
        ({"kind": "linear"}, {"kind": "tanh"}, {"kind": "dropout"}, {"kind": "linear"}, {"kind": "tanh"}, {"kind": "output"}),
    ],
    ids=["too shallow", "two activations", "two widths", "another slope", "dropout"],
)
def test_what_is_no_plain_stack_is_not_taken_for_one(layers):
    layers = tuple(LAYERS[one["kind"]].model_validate({name: value for name, value in one.items() if name != "kind"}) for one in layers)
    assert stack_of(NetworkSpec(layers=layers)) is None


def test_a_choice_that_cannot_be_is_explained():
    assert Stack().having("depth", 3).depth == 3
    with pytest.raises(SpecError, match="depth"):
        Stack().having("depth", 31)


# -- what is measured


def test_the_gradient_of_a_chain_of_single_weights_is_the_closed_form():
    """y = c b a x with loss mean(y): d/da = b c mean(x), d/db = a c mean(x), d/dc = a b mean(x); ReLU lets positive numbers through."""
    stack = Stack(depth=2, width=2, activation="relu")
    network = run_of(stack).networks["model"]
    a, b, c = (module for module in network.modules() if isinstance(module, nn.Linear))
    with torch.no_grad():
        for module, value in ((a, 2.0), (b, 0.5), (c, 3.0)):
            module.weight.zero_()
            module.weight[0, 0] = value
            module.bias.zero_()
    x = torch.tensor([[1.0, 0.0], [3.0, 0.0]])
    flow = flow_of(network, lambda output, x, y: output.mean(), x, torch.zeros(2))
    mean = 2.0
    expected = [0.5 * 3 * mean / 2, 2 * 3 * mean / 2, 2 * 0.5 * mean / math.sqrt(2)]  # one weight of 4, of 4, of 2 is not 0
    np.testing.assert_allclose(flow.gradient, expected, rtol=1e-6)
    deviation = math.sqrt(2.0)  # of 1 and 3
    np.testing.assert_allclose(flow.signal, [2 * deviation / math.sqrt(2), deviation / math.sqrt(2), 3 * deviation], rtol=1e-6)
    assert flow.ratio == pytest.approx(expected[0] / expected[-1])
    assert flow.kept == pytest.approx(0.5)


@pytest.mark.parametrize("normalisation", ["none", "batch_norm1d"])
def test_the_gradients_are_those_of_torch_while_it_trains(normalisation):
    training = run_of(Stack(depth=4, width=6, activation="tanh", normalisation=normalisation))
    found = DepthFlow(examples=50).look(training)
    network, state = training.networks["model"], training.state
    network.train()
    loss = training.experiment.task.objective(network(state.x_train[:50]), state.x_train[:50], state.y_train[:50])
    gradients = torch.autograd.grad(loss, [module.weight for module in network.modules() if isinstance(module, nn.Linear)])
    expected = [one.square().mean().sqrt().item() for one in gradients]
    np.testing.assert_allclose(found.arrays["gradient"], expected, rtol=1e-5)
    assert found.facts["layers"][0] == "linear_1"
    assert len(found.facts["layers"]) == 5


def test_measuring_leaves_random_numbers_as_they_were():
    training = run_of(Stack(depth=2, width=4, activation="relu"))
    before = torch.random.get_rng_state()
    DepthFlow().look(training)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1 / 340, "1/340 of it"),
        (0.4, "1/2.5 of it"),
        (1.2, "about as large as it"),
        (26_321.0, "26,000 times it"),
        (3e-19, "1/10¹⁹ of it"),
        (0.0, "0 beside it"),
        (math.nan, "nothing that can be compared with it"),
    ],
)
def test_a_ratio_is_put_into_words(ratio, words):
    assert beside(ratio, "it") == words


def test_large_factors_are_rounded_to_two_digits():
    assert [counted_out(one) for one in (1.54, 12.4, 345, 9999, 2e6)] == ["1.5", "12", "340", "10,000", "10⁶"]


def test_small_sizes_are_written_as_powers_of_ten():
    assert [sized(one) for one in (0.0333, 5.31e-10, 3e11, 0.0)] == ["0.033", "5.3·10⁻¹⁰", "3·10¹¹", "0"]


@pytest.mark.parametrize(
    ("stack", "initialisation", "words"),
    [
        (Stack(depth=12, activation="sigmoid"), {}, "It vanishes"),
        (Stack(depth=12, activation="tanh"), {"kind": "normal", "std": 1.0}, "It explodes on the way back"),
        (Stack(depth=30, activation="relu"), {}, "all examples look alike"),
        (Stack(depth=30, activation="relu", residual=True), {"kind": "kaiming_normal"}, "the signal explodes"),
        (Stack(depth=12, activation="relu"), {"kind": "kaiming_normal"}, "It arrives"),
    ],
    ids=["vanishing", "exploding", "fading", "growing", "healthy"],
)
def test_what_is_wrong_is_said(stack, initialisation, words):
    found = DepthFlow().look(run_of(stack, "digits", **initialisation))
    assert words in found.words[1]


# -- the map


@pytest.fixture(scope="module")
def mapped() -> tuple[Training, Inspected]:
    training = run_of(Stack(depth=10, width=16, activation="tanh"))
    return training, DepthMap(seeds=3).look(training)


def test_every_field_of_the_map_is_what_such_a_run_begins_with(mapped):
    _, found = mapped
    row, column = ACTIVATIONS.index("sigmoid"), DEPTHS.index(8)
    for seed in range(3):
        twin = run_of(Stack(depth=8, width=16, activation="sigmoid"), seed=seed)
        flow = DepthFlow(examples=64).look(twin)
        same_data = math.isclose(found.arrays["ratio"][row, column, seed], flow.facts["ratio"], rel_tol=1e-4)
        assert same_data, (found.arrays["ratio"][row, column, seed], flow.facts["ratio"])


def test_depth_makes_sigmoids_vanish_and_leaves_relu(mapped):
    _, found = mapped
    middle = np.median(found.arrays["ratio"], 2)
    sigmoid, relu = middle[ACTIVATIONS.index("sigmoid")], middle[ACTIVATIONS.index("relu")]
    assert (np.diff(sigmoid) < 0).all()
    assert sigmoid[-1] < 1e-6
    assert (relu > FAINT).all()


def test_the_map_marks_the_present_choice_between_two_depths(mapped):
    _, found = mapped
    frame = chart(found, "gradient").layout.shapes[-1]
    assert (frame.x0 + frame.x1) / 2 == pytest.approx(DEPTHS.index(8) + 0.5)
    assert (frame.y0 + frame.y1) / 2 == pytest.approx(ACTIVATIONS.index("tanh"))
    assert len(figures(found)) == 2
    assert "over 3 seeds" in chart(found, "signal").data[0].customdata[0][0]


def test_an_unusual_activation_gets_a_row_of_its_own():
    found = DepthMap(seeds=1).look(run_of(Stack(depth=2, width=4, activation="softsign")))
    assert found.facts["activations"][-1] == "softsign"


def test_networks_of_which_nothing_is_finite_are_left_empty():
    values = np.full((1, 2, 3), np.nan)
    facts = {"activations": ["tanh"], "titles": ["Tanh"], "depths": [2, 4], "own": Stack(activation="relu").model_dump(), "seeds": 3}
    figure = chart(Inspected("depth_map", 0, facts=facts, arrays={"ratio": values, "kept": values}), "gradient")
    assert [list(row) for row in figure.data[0].text] == [["?", "?"]]
    assert not figure.layout.shapes


# -- the picture


def test_runs_are_drawn_together_and_a_layer_without_gradient_is_left_out():
    def found(*gradient: float) -> Inspected:
        names = [f"Linear {number}" for number in range(1, len(gradient) + 1)]
        return Inspected("depth_flow", 3, facts={"layers": names}, arrays={"gradient": np.array(gradient), "signal": np.array(gradient)})

    figure = compared([Curve("now", found(1e-3, 0.1)), Curve("before", found(0.0, 1.0, 2.0), 1)])
    lines = {line.name: line.y for line in figure.data if line.showlegend}
    assert list(lines) == ["before", "now"]
    assert np.isnan(lines["before"][0])
    assert figure.layout.yaxis.type == figure.layout.yaxis2.type == "log"
    assert "root mean square" in figure.layout.yaxis.title.text
    assert not compared([]).data


# -- the claims of the presets


def median_ratio(experiment: Experiment) -> list[float]:
    """First layer's gradient / last layer's at the first weights, of seeds 0 to 2."""
    return [DepthFlow().look(train(changed(experiment, "seed", seed))).facts["ratio"] for seed in range(3)]


@pytest.mark.parametrize("name", presets("gradients"))
def test_presets_of_the_page_are_stacks(name):
    assert stack_of(preset(name).experiment.networks["model"])


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("deep_1_vanishing", 0, 1e-6),
        ("deep_2_cured", 0.1, 10),
        ("deep_3_exploding", 100, 1e4),
        ("deep_4_tamed", 0.1, 10),
        ("deep_5_shortcuts", 1e-3, 1),
    ],
)
def test_gradients_begin_as_the_presets_say(name, low, high):
    assert all(low < ratio < high for ratio in median_ratio(preset(name).experiment))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("deep_1_vanishing", 0, 0.2),
        ("deep_2_cured", 0.85, 1),
        ("deep_3_exploding", 0, 0.2),
        ("deep_4_tamed", 0.85, 1),
        ("deep_5_shortcuts", 0.75, 1),
    ],
)
def test_presets_learn_or_stand_still_as_they_say(name, low, high):
    accuracies = []
    for seed in range(3):
        training = train(changed(preset(name).experiment, "seed", seed))
        training.advance(steps=1000)
        accuracies.append(training.metrics["test_accuracy"])
    assert low <= statistics.median(accuracies) <= high


@pytest.mark.slow
def test_after_the_explosion_nothing_comes_back():
    for seed in range(3):
        training = train(changed(preset("deep_3_exploding").experiment, "seed", seed))
        training.advance(steps=400)
        assert DepthFlow().look(training).facts["ratio"] < FAINT
