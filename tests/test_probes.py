"""What the camera sees is what the network computes, and the network does not notice."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from test_gan import ring

import explorer as nx
from explorer.experiment import Experiment, changed, presets
from explorer.probes.base import View, as_bytes, symmetric_range
from explorer.probes.errors_made import confusion_matrix
from explorer.probes.frame import Camera
from explorer.probes.inputs import GRID, square
from explorer.results.frame import pack, unpack


def frame(training: nx.Training, view: View | None = None) -> tuple[dict, dict[str, np.ndarray]]:
    return unpack(Camera(training).take(view or View(), {}))


def experiments() -> dict[str, Experiment]:
    return {**{name: Experiment.preset(name) for name in presets()}, "gan": ring()}


@pytest.mark.parametrize("name", [*presets(), "gan"])
def test_every_frame_is_whole(name):
    training = nx.train(experiments()[name])
    training.advance(steps=2)
    head, arrays = frame(training)
    assert head["step"] == 2
    for number, column in enumerate(head["columns"]):
        assert len(column["names"]) == column["shown"]
        if column["picture"] == "token":
            assert len(column["tokens"]) == column["shown"]
        elif column["picture"] != "none":
            assert arrays[f"pictures/{number}"].shape[0] == column["shown"]
            assert column["low"] < column["high"]
    for edge in head["edges"]:
        if edge["weights"]:
            assert arrays[edge["weights"]].shape == (head["columns"][edge["to"]]["shown"], head["columns"][edge["from"]]["shown"])


@pytest.mark.parametrize("name", ["dropout", "digits_cnn", "gan"])
def test_looking_changes_nothing(name):
    watched, alone = nx.train(experiments()[name]), nx.train(experiments()[name])
    camera = Camera(watched)
    for _ in range(3):
        watched.advance(steps=2)
        camera.take(View((1, 0), 3), {})
    alone.advance(steps=6)
    for role, network in watched.networks.items():
        assert not any(module._forward_hooks for module in network.modules())
        for a, b in zip(network.parameters(), alone.networks[role].parameters(), strict=True):
            assert torch.equal(a, b)


def test_a_unit_picture_is_the_unit_over_the_square():
    training = nx.train(Experiment.preset("circle"))
    head, arrays = frame(training)
    layer = training.networks["model"].module_of("linear_1")
    points = torch.from_numpy(square())
    with torch.no_grad():
        values = torch.tanh(layer(points))[:, 2].reshape(GRID, GRID)[::2, ::2].numpy()
    column = head["columns"][1]
    shown = column["low"] + arrays["pictures/1"][2] / 255 * (column["high"] - column["low"])
    np.testing.assert_allclose(shown, values, atol=(column["high"] - column["low"]) / 255)


def test_the_first_row_of_the_square_is_its_top():
    points = square()
    assert points[0].tolist() == [-1, 1]
    assert points[GRID - 1].tolist() == [1, 1]
    assert points[-1].tolist() == [1, -1]


def test_axes_are_the_plane_and_names_the_features():
    head, _ = frame(nx.train(changed(Experiment.preset("spiral"), "data.features", ["x_squared", "sin_y"])))
    assert head["inputs"] == ["x", "y"]
    assert head["columns"][0]["names"] == ["x²", "sin πy"]


def test_the_surface_is_the_probability_of_the_second_class():
    training = nx.train(Experiment.preset("circle"))
    training.advance(steps=20)
    head, arrays = frame(training)
    with torch.no_grad():
        p = training.networks["model"](torch.from_numpy(square())).sigmoid().reshape(GRID, GRID).numpy()
    np.testing.assert_allclose(arrays["surface"] / 255, p, atol=1 / 255)
    assert training.state.dataset.class_names[1] in head["surface"]["label"]


def test_edges_carry_the_weights_and_focus_the_formula():
    training = nx.train(Experiment.preset("circle"))
    head, arrays = frame(training, View(focus=(1, 2)))
    layer = training.networks["model"].module_of("linear_1")
    np.testing.assert_array_equal(arrays["edge/0"], layer.weight.detach().numpy())
    np.testing.assert_array_equal(arrays["bias/1"], layer.bias.detach().numpy())
    assert [term["name"] for term in head["focus"]["terms"]] == ["x", "y"]
    assert [term["weight"] for term in head["focus"]["terms"]] == pytest.approx(layer.weight[2].tolist())
    assert head["focus"]["bias"] == pytest.approx(layer.bias[2].item())
    assert head["focus"]["activation"] == "tanh"


def test_an_edge_behind_a_flatten_is_the_mean_of_its_weights():
    for layers, name, sizes, axis in [
        ([{"kind": "conv2d", "out_channels": 3, "kernel_size": 3}, {"kind": "flatten"}, {"kind": "output"}], "output_1", (3, 6, 6), 1),
        (
            [{"kind": "pixels_to_sequence"}, {"kind": "lstm", "hidden_size": 5}, {"kind": "flatten"}, {"kind": "output"}],
            "output_1",
            (-1, 5),
            2,
        ),
    ]:
        fields = {**json.loads(Experiment.preset("digits_mlp").to_json()), "networks": {"model": {"layers": layers}}}
        training = nx.train(Experiment.from_fields(fields))
        head, arrays = frame(training)
        weight = training.module_of("model", name).weight.detach().numpy().reshape(10, *sizes)
        expected = weight.mean(axis=tuple(i for i in range(1, weight.ndim) if i != axis))
        last = len(head["columns"]) - 1
        edge = next(edge for edge in head["edges"] if edge["to"] == last)
        np.testing.assert_allclose(arrays[edge["weights"]], expected, atol=1e-6)


def test_a_feature_map_is_that_of_the_chosen_example():
    training = nx.train(Experiment.preset("digits_cnn"))
    camera = Camera(training)
    pictures = [unpack(camera.take(View(example=i), {}))[1]["pictures/1"] for i in (0, 5)]
    assert pictures[0].shape[1:] == (8, 8)
    assert not np.array_equal(*pictures)


def test_the_confusion_matrix_counts():
    counted = confusion_matrix(np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0]), 3)
    assert counted.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    training = nx.train(Experiment.preset("digits_cnn"))
    training.advance(steps=30)
    _, arrays = frame(training)
    assert arrays["confusion"].sum() == len(training.state.dataset.test)
    assert np.trace(arrays["confusion"]) / arrays["confusion"].sum() == pytest.approx(training.metrics["test_accuracy"])


def test_frames_survive_a_network_that_is_not_finite():
    training = nx.train(Experiment.preset("circle"))
    with torch.no_grad():
        next(training.networks["model"].parameters()).fill_(float("nan"))
    head, _ = frame(training)
    json.dumps(head, allow_nan=False)


def test_packing_is_undone_by_unpacking():
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, 2, 3], np.uint8), "c": np.zeros((0, 4), np.int32)}
    head, found = unpack(pack({"x": [1, None, "ü"]}, arrays))
    assert head == {"x": [1, None, "ü"]}
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_colours_clip_and_do_not_flicker():
    assert as_bytes(np.array([-9.0, -1.0, 0.0, 1.0, np.nan]), -1, 1).tolist() == [0, 0, 128, 255, 0]
    assert symmetric_range(np.array([1.0, 1.9])) == symmetric_range(np.array([-1.91]))
    assert symmetric_range(np.zeros(3)) == 1.0
