"""Dead and saturated units, with weights set by hand."""

from __future__ import annotations

import pytest
import torch

import explorer as nx
from explorer.experiment import LAYERS, Experiment, NetworkSpec
from explorer.layers.ends import ENDS, cuts_at_0, ends_of
from explorer.layers.recurrent import Recurrent
from explorer.probes.base import View
from explorer.probes.frame import Camera
from explorer.results.frame import unpack
from explorer.training.loop import Training


def layer(kind: str, **fields):
    return LAYERS[kind].model_validate(fields)


def made(*layers, name: str = "xor") -> Training:
    experiment = Experiment.preset(name)
    network = NetworkSpec(layers=(*layers, layer("output")))
    data = experiment.data.model_copy(update={"size": min(experiment.data.size, 200)})
    return nx.train(experiment.model_copy(update={"networks": {"model": network}, "data": data}))


def column(training: Training, number: int = 1) -> dict | None:
    head, _ = unpack(Camera(training).take(View(), {}))
    return head["columns"][number]["idle"]


@torch.no_grad()
def with_biases(training: Training, biases: list[float], slopes: float = 1.0) -> Training:
    """A first layer whose units add x / 2 times `slopes` to a bias."""
    first = training.module_of("model", training.networks["model"].layer_ids[0])
    first.weight.zero_()
    first.weight[:, 0] = slopes / 2
    first.bias.copy_(torch.tensor(biases))
    return training


def test_a_unit_that_gives_0_everywhere_is_dead():
    training = made(layer("linear", out_features=4), layer("relu"))
    found = column(with_biases(training, [-1.0, 0.0, 1.0, -0.6]))
    assert found is not None
    assert found["word"] == "dead"
    assert found["count"] == 2
    assert found["units"] == {"0": "dead: 0 on all 2,500 points of the square", "3": "dead: 0 on all 2,500 points of the square"}
    assert found["help"].startswith("2 of 4 units are dead.")


def test_a_unit_that_is_above_0_at_one_point_is_not_dead():
    training = made(layer("linear", out_features=1), layer("relu"))
    assert column(with_biases(training, [-0.499])) is None  # above 0 only at x > 0.998


@pytest.mark.parametrize(("kind", "low", "high"), [("tanh", -1, 1), ("sigmoid", 0, 1), ("hard_tanh", -1, 1)])
def test_a_unit_at_an_end_nearly_everywhere_is_saturated(kind, low, high):
    training = made(layer("linear", out_features=3), layer(kind))
    found = column(with_biases(training, [-9.0, 0.0, 9.0]))
    assert found is not None
    assert found["word"] == "saturated"
    assert set(found["units"]) == {"0", "2"}
    assert found["units"]["0"] == f"saturated: 100 % of its outputs within 0.03 of {low} or {high} on all 2,500 points of the square"


def test_the_share_at_an_end_is_counted_and_little_of_it_is_not_saturated():
    training = made(layer("linear", out_features=1), layer("tanh"))
    assert column(with_biases(training, [0.0], slopes=10.0)) is None  # within 0.03 of an end where |5 x| > 2.09: a share of 0.58
    found = column(with_biases(training, [0.0], slopes=100.0))  # |x| > 0.042: the grid says 0.96
    assert found is not None
    assert found["units"]["0"].startswith("saturated: 96 % of its outputs")


@pytest.mark.parametrize("kind", ["leaky_relu", "gelu", "silu", "softplus", "sine", "elu"])
def test_where_the_activation_has_no_flat_end_no_unit_is_called_anything(kind):
    training = made(layer("linear", out_features=2), layer(kind))
    assert column(with_biases(training, [-50.0, 50.0], slopes=0.0)) is None


def test_dropout_behind_an_activation_hides_nothing_and_a_normalisation_does():
    relu, behind = layer("relu"), layer("dropout", p=0.5)
    assert column(with_biases(made(layer("linear", out_features=2), relu, behind), [-1.0, 1.0])) is not None
    assert column(with_biases(made(layer("linear", out_features=2), relu, layer("batch_norm1d")), [-1.0, 1.0])) is None


def test_a_feature_map_is_dead_only_where_every_pixel_is_0():
    training = made(layer("conv2d", out_channels=2, kernel_size=3), layer("relu"), layer("flatten"), name="digits_cnn")
    conv = training.module_of("model", training.networks["model"].layer_ids[0])
    with torch.no_grad():
        conv.weight.zero_()
        conv.bias.copy_(torch.tensor([-1.0, 0.0]))
        conv.weight[1, 0, 0, 0] = 1.0  # the second map is the picture itself, moved: most of its pixels are 0
    found = column(training)
    assert found is not None
    assert list(found["units"]) == ["0"]
    assert found["units"]["0"] == "dead: 0 at every position of all 40 probe examples"


def test_numbers_that_are_none_are_not_dead():
    training = made(layer("linear", out_features=1), layer("relu"))
    assert column(with_biases(training, [float("nan")])) is None


@pytest.mark.parametrize("module", [torch.nn.ReLU(), torch.nn.ReLU6()])
def test_what_is_cut_off_at_0_is_not_judged_by_its_ends(module):
    assert cuts_at_0(module)
    assert ends_of(module) is None


@pytest.mark.parametrize("kind", [kind for kind in ENDS if kind is not Recurrent])
def test_ends_are_those_of_torch(kind):
    low, high = kind()(torch.tensor([-1e9, 1e9])).tolist()
    assert (low, high) == pytest.approx(ENDS[kind])
