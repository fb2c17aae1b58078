"""Networks drawn as far as they fit."""

from __future__ import annotations

import pytest

from explorer.experiment import Experiment, NetworkSpec
from explorer.experiment.arrange import removed
from explorer.networks.cost import describe
from explorer.networks.sketch import settings_of, sketch
from explorer.results.shape import Shape
from explorer.results.sketch import Sketch

IMAGE, TEN = Shape.image(1, 8, 8), Shape.features(10)
CNN = [
    {"kind": "conv2d", "out_channels": 4, "padding": 1, "id": "c"},
    {
        "kind": "residual",
        "id": "r",
        "body": [{"kind": "conv2d", "out_channels": 4, "padding": 1, "id": "inner"}, {"kind": "relu", "id": "bend"}],
    },
    {"kind": "flatten", "id": "f"},
    {"kind": "output", "id": "o"},
]


def drawn(layers: list[dict], given: Shape = IMAGE, wanted: Shape = TEN, batch_size: int = 16) -> Sketch:
    return sketch(NetworkSpec.model_validate({"layers": layers}), given, wanted, batch_size)


def node(found: Sketch, layer_id: str):
    return next(one for one in found.walk() if one.id == layer_id)


def test_a_network_that_fits_has_the_costs_of_its_description():
    found = drawn(CNN)
    cost = describe(NetworkSpec.model_validate({"layers": CNN}), IMAGE, TEN, 16)
    assert found.clash is None
    assert found.cost == cost
    for row in cost.layers:
        one = node(found, row.id)
        assert (one.parameters, one.macs, one.output) == (row.parameters, row.macs, row.output)


def test_up_to_the_clash_everything_is_known_and_behind_it_nothing():
    found = drawn([layer for layer in CNN if layer["id"] != "f"])
    assert found.clash
    assert (found.clash.layer, found.clash.expected, found.clash.given) == ("o", "a vector of features", "channels 4 x height 8 x width 8")
    assert node(found, "r").parameters == 4 * 4 * 9 + 4
    assert node(found, "o").output is None
    assert node(found, "o").input == Shape.image(4, 8, 8)


def test_a_clash_inside_a_block_is_at_the_inner_layer_and_its_neighbours_are_drawn():
    layers = [dict(layer) for layer in CNN]
    layers[1] = {
        "kind": "residual",
        "id": "r",
        "body": [{"kind": "conv2d", "out_channels": 4, "padding": 1, "id": "inner"}, {"kind": "linear", "id": "l"}],
    }
    found = drawn(layers)
    assert found.clash
    assert found.clash.layer == "l"
    assert node(found, "inner").parameters == 4 * 4 * 9 + 4
    assert node(found, "f").input is None


def test_an_empty_network_is_drawn_and_says_what_is_missing():
    found = drawn([])
    assert found.nodes == ()
    assert found.clash
    assert "no layers yet" in found.clash.sentence


def test_the_wrong_end_is_said_with_both_sides():
    found = drawn([*CNN[:3], {"kind": "linear", "out_features": 7, "id": "l"}])
    assert found.clash
    assert (found.clash.expected, found.clash.given) == ("features 10", "features 7")


def test_a_width_of_a_million_is_refused_at_the_layer_with_estimate_and_limit():
    found = drawn([{"kind": "flatten"}, {"kind": "linear", "out_features": 1_000_000, "id": "wide"}, {"kind": "output"}])
    assert found.clash
    assert found.clash.layer == "wide"
    assert "one network may have" in found.clash.sentence or "one run may use" in found.clash.sentence
    assert node(found, "wide").parameters == 65_000_000


@pytest.mark.parametrize("name", ["digits_cnn", "residual", "spiral", "digits_mlp"])
def test_every_network_can_lose_any_layer_and_is_still_drawn(name):
    experiment = Experiment.preset(name)
    network, dataset = experiment.networks["model"], experiment.data.load()
    for layer in network.layers:
        found = sketch(removed(network, layer.id), *experiment.task.shapes("model", dataset), batch_size=8)
        assert [one.id for one in found.nodes] == [one.id for one in network.layers if one.id != layer.id]
        assert (found.clash is None) == (found.cost is not None)


def test_settings_name_what_is_not_as_usual():
    layer = NetworkSpec.model_validate({"layers": [{"kind": "conv2d", "out_channels": 16, "kernel_size": 5, "bias": False}]}).layers[0]
    assert settings_of(layer) == "16 out channels, kernel size 5, no bias"
