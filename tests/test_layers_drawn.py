"""Every layer of the catalogue in a whole network: drawn, costed, trained a step and looked at."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import explorer as nx
from explorer.experiment import LAYERS, Experiment, NetworkSpec
from explorer.networks.build import build_network, resolve
from explorer.networks.cost import describe
from explorer.networks.diagram import diagram
from explorer.probes.base import Look, View
from explorer.probes.frame import Camera
from explorer.probes.units import unit_pictures
from explorer.results.frame import unpack
from explorer.results.shape import Shape

LINEAR = {"kind": "linear", "out_features": 6}
FLATTEN, OUTPUT = {"kind": "flatten"}, {"kind": "output"}
STARTS = (
    ("circle", Shape.features(6), [LINEAR]),
    ("digits_cnn", Shape.image(1, 8, 8), []),
    ("circle", Shape.sequence(3, 2), [LINEAR, {"kind": "reshape", "units": 2}]),
    ("digits_cnn", Shape.sequence(32, 2), [{"kind": "reshape", "units": 2}]),
)


def fits(kind, shape):
    try:
        LAYERS[kind]().resolved(Shape.features(1)).output_shape(shape)
    except nx.ExplorerError:
        return False
    return True


CASES = [(kind, preset, tuple(map(str, before)), before) for kind in LAYERS for preset, shape, before in STARTS if fits(kind, shape)]


@pytest.mark.parametrize(("kind", "preset", "before"), [pytest.param(k, p, b, id=f"{k}-{p}-{len(n)}") for k, p, n, b in CASES])
def test_a_network_with_the_layer_trains_and_is_seen(kind, preset, before):
    experiment = Experiment.preset(preset)
    layers = [*before, {"kind": kind}, FLATTEN, OUTPUT]
    experiment = experiment.model_copy(update={"networks": {"model": NetworkSpec.model_validate({"layers": layers})}})
    training = nx.train(experiment)
    training.advance(steps=1)
    camera = Camera(training)
    for number, column in enumerate(camera.columns):
        head, arrays = unpack(camera.take(View(focus=(number, column.shown - 1)), {}))
        assert head["columns"][number]["picture"] != "none"
        assert arrays[f"pictures/{number}"].shape[0] == column.shown
    for number, edge in enumerate(camera.edges):
        if head["edges"][number]["weights"]:
            shown = (camera.columns[edge.target].shown, camera.columns[edge.source].shown)
            assert arrays[f"edge/{number}"].shape == shown


def test_a_sequence_is_seen_step_by_step():
    columns, _ = diagram(NetworkSpec.model_validate({"layers": [{"kind": "linear", "out_features": 2}]}), Shape.sequence(3, 4))
    x = torch.arange(24.0).reshape(4, 3, 2)
    training = SimpleNamespace(state=SimpleNamespace(dataset=SimpleNamespace(coordinates=0)))
    picture, kind = unit_pictures(Look(training, View(), columns, (), {}, {1: x}), 1, columns[1])
    assert kind == "steps"
    np.testing.assert_array_equal(picture, x.permute(2, 0, 1))


def test_weights_that_are_drawn_have_a_row_for_every_unit():
    drawn = [kind for kind in LAYERS if LAYERS[kind].mixes and LAYERS[kind].edge_weights]
    for kind in drawn:
        for shape in (Shape.features(6), Shape.image(3, 8, 8), Shape.sequence(5, 6)):
            if fits(kind, shape):
                layer = LAYERS[kind]().resolved(Shape.features(1))
                weight = layer.build(shape).weight
                assert weight.shape[:2] == (layer.output_shape(shape).units, shape.units)


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if fits(kind, Shape.sequence(4, 6)) and kind != "output"])
def test_cost_and_weights_of_a_sequence_network(kind):
    spec, shape, end = NetworkSpec.model_validate({"layers": [{"kind": kind}, FLATTEN, OUTPUT]}), Shape.sequence(4, 6), Shape.features(3)
    cost = describe(spec, shape, end, 2)
    one, again, other = (build_network(spec, shape, end, seed) for seed in (0, 0, 1))
    assert cost.parameters == sum(parameter.numel() for parameter in one.parameters())
    for name, weight in one.named_parameters():
        assert torch.equal(weight, again.get_parameter(name))
        if weight.dim() > 1:
            assert not torch.equal(weight, other.get_parameter(name)), name
            assert 0 < weight.std() < 1.5
    assert diagram(resolve(spec, end), shape)[0][-1].id == "output_1"
