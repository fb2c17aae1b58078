"""What the camera sees is what the network computes, and the network does not notice."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache

import numpy as np
import pytest
import torch
from test_gan import ring

import explorer as nx
from explorer.errors import ExplorerError
from explorer.experiment import DATASETS, LAYERS, Experiment, changed, presets
from explorer.networks import limits
from explorer.probes.base import View, as_bytes, symmetric_range
from explorer.probes.errors_made import confusion_matrix
from explorer.probes.frame import Camera
from explorer.probes.inputs import GRID, SEQUENCES, probe_examples, square
from explorer.results.dataset import Dataset
from explorer.results.frame import pack, unpack

pytestmark = pytest.mark.usefixtures("data_drawn_once")


def frame(training: nx.Training, view: View | None = None) -> tuple[dict, dict[str, np.ndarray]]:
    return unpack(Camera(training).take(view or View(), {}))


@cache
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


@pytest.mark.parametrize(("hurried", "ticking"), [(True, "thread_time"), (False, "perf_counter")])
def test_a_costly_probe_waits_for_its_share_of_what_is_scarce(hurried, ticking, monkeypatch):
    clocks = {"thread_time": 5.0, "perf_counter": 5.0}
    for name in clocks:
        monkeypatch.setattr(f"explorer.probes.frame.time.{name}", lambda name=name: clocks[name])
    training = nx.train(Experiment.preset("digits_cnn"))
    training.hurried, camera, asked = hurried, Camera(training), []
    probe = next(one for one in camera._probes if one.kind == "errors_made")
    measure = probe.measure

    def slow(look):
        asked.append(clocks[ticking])
        for name in clocks:
            clocks[name] += 0.01
        return measure(look)

    monkeypatch.setattr(probe, "measure", slow)
    for _ in range(250):
        camera.take(View(), {}, fresh=False)
        clocks[ticking] += 0.02
    assert np.diff(asked) == pytest.approx(0.01 / probe.share, abs=0.04)
    before = len(asked)
    assert before > 2
    camera.take(View(), {})  # fresh
    camera.take(View(), {}, fresh=False)
    assert len(asked) == before + 1


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


def experiment(data: str, task: str, *layers: dict) -> Experiment:
    """A small network for a data set, its layers given as {"kind": ..., ...}."""
    return Experiment.from_fields(
        {"schema_version": 1, "data": {"kind": data}, "task": {"kind": task}, "networks": {"model": {"layers": list(layers)}}}
    )


TAGGER = ({"kind": "embedding"}, {"kind": "lstm", "bidirectional": True}, {"kind": "output"})


def test_a_sequence_is_drawn_example_by_example_and_step_by_step():
    training = nx.train(experiment("wave_shapes", "classification", {"kind": "conv1d"}, {"kind": "mean_over_time"}, {"kind": "output"}))
    head, arrays = frame(training)
    examples = probe_examples(training.state.dataset)
    with torch.no_grad():
        values = training.networks["model"].module_of("conv1d_1")(training.state.x_test[examples])[:, :, 3].numpy()
    column = head["columns"][1]
    assert column["picture"] == "steps"
    shown = column["low"] + arrays["pictures/1"][3] / 255 * (column["high"] - column["low"])
    np.testing.assert_allclose(shown, values, atol=(column["high"] - column["low"]) / 255)
    assert head["columns"][2]["picture"] == "strip"


def test_of_a_long_sequence_every_second_step_is_shown_and_all_of_them_enlarged():
    longer = {"kind": "upsample2d", "factor": 3}, {"kind": "pixels_to_sequence"}, {"kind": "linear", "out_features": 4}
    training = nx.train(experiment("digits", "classification", *longer, {"kind": "flatten"}, {"kind": "output"}))
    head, arrays = frame(training, View(focus=(3, 1)))
    with torch.no_grad():
        network, images = training.networks["model"], training.state.x_test[probe_examples(training.state.dataset)]
        values = network.module_of("linear_1")(images.repeat_interleave(3, 2).repeat_interleave(3, 3).flatten(2).mT)[:, :, 1].numpy()
    for picture, look, every in [(arrays["pictures/3"][1], head["columns"][3], 9), (arrays["focus/picture"], head["focus"], 1)]:
        shown = look["low"] + picture / 255 * (look["high"] - look["low"])
        np.testing.assert_allclose(shown, values[:, ::every], atol=(look["high"] - look["low"]) / 255)


def test_tokens_are_those_of_the_chosen_example():
    training = nx.train(experiment("part_of_speech", "tagging", *TAGGER))
    dataset = training.state.dataset
    head, arrays = frame(training, View(example=4))
    words = [dataset.vocabulary[token] for token in dataset.test.x[probe_examples(dataset)[4]]]
    assert head["example"]["tokens"] == words
    assert head["columns"][0]["tokens"] == words[: head["columns"][0]["shown"]]
    assert "pictures/0" not in arrays
    assert head["columns"][-1]["names"] == list(dataset.class_names)


@pytest.mark.parametrize("kind", DATASETS)
def test_probe_examples_are_of_the_test_part_and_every_class(kind):
    if kind == "painted":
        return  # empty until somebody paints
    dataset = DATASETS[kind]().load()
    chosen = probe_examples(dataset)
    assert len(set(chosen.tolist())) == len(chosen)
    if dataset.coordinates:
        assert not len(chosen)
        return
    assert 0 < len(chosen) <= 40
    assert 0 <= chosen.min() <= chosen.max() < len(dataset.test)
    if "time" in dataset.input_shape.axes:
        assert len(chosen) <= SEQUENCES
    if dataset.problem == "classification":
        assert set(dataset.test.y[chosen]) == set(range(dataset.classes))


@pytest.mark.parametrize(
    ("data", "task", "layers", "kind", "seen"),
    [
        ("part_of_speech", "tagging", TAGGER, "tags", "tokens"),
        ("balanced_brackets", "classification", (TAGGER[0], {"kind": "last_step"}, TAGGER[2]), "class", "tokens"),
        ("python_text", "language_modelling", TAGGER[::2], "language", "tokens"),
        ("sine_mixture", "forecasting", ({"kind": "flatten"}, {"kind": "output"}), "forecast", "series"),
        ("digits", "reconstruction", ({"kind": "conv2d", "out_channels": 1, "padding": 1},), "reconstruction", "image"),
        ("wine", "reconstruction", ({"kind": "output"},), "reconstruction", "values"),
        ("tips", "regression", ({"kind": "output"},), "value", "values"),
    ],
)
def test_an_example_shows_the_input_and_the_answer_of_its_task(data, task, layers, kind, seen):
    training = nx.train(experiment(data, task, *layers))
    training.advance(steps=1)
    head, arrays = frame(training, View(example=2))
    example, dataset = head["example"], training.state.dataset
    number = probe_examples(dataset)[2]
    assert (example["kind"], example["input"], example["index"]) == (kind, seen, 2)
    assert example["count"] == len(probe_examples(dataset))
    if seen == "series":
        np.testing.assert_array_equal(arrays["example/series"], dataset.test.raw[number])
    if kind == "reconstruction":
        assert arrays["example/original"].shape == arrays["example/reconstruction"].shape == dataset.input_shape.sizes
    json.dumps(head, allow_nan=False)


def test_tags_are_confused_token_by_token():
    training = nx.train(experiment("part_of_speech", "tagging", *TAGGER))
    training.advance(steps=60)
    _, arrays = frame(training)
    truth = training.state.dataset.test.y
    answers = training.experiment.task.predict(training.state, training.state.x_test).argmax(2).numpy()
    assert arrays["confusion"].sum() == min(truth.size, 2000 * truth.shape[1])
    if len(truth) <= 2000:
        assert np.trace(arrays["confusion"]) == (answers == truth).sum()
        assert arrays["confusion"][3, 3] == ((truth == 3) & (answers == 3)).sum()


def test_where_mistakes_mean_nothing_none_are_drawn():
    for data, task, layers in [
        ("python_text", "language_modelling", TAGGER[::2]),
        ("wine", "reconstruction", ({"kind": "output"},)),
    ]:
        _, arrays = frame(nx.train(experiment(data, task, *layers)))
        assert not {"confusion", "residuals"} & arrays.keys()


def test_a_units_name_is_the_targets_own():
    head, _ = frame(nx.train(Experiment.preset("tips")))
    assert head["units"]["test_error"] == "mean absolute error, US dollars"
    head, _ = frame(nx.train(experiment("sine_mixture", "forecasting", {"kind": "flatten"}, {"kind": "output"})))
    assert head["units"]["test_error"] == "mean absolute error, m"


def test_reconstructed_points_lie_where_the_network_puts_them():
    training = nx.train(experiment("circle", "reconstruction", {"kind": "linear", "out_features": 1}, {"kind": "output"}))
    head, arrays = frame(training)
    assert head["surface"] == {"kind": "none"}
    assert head["columns"][-1]["names"] == ["x", "y"]
    with torch.no_grad():
        expected = training.networks["model"](training.state.x_test).clamp(-1, 1).numpy()
    np.testing.assert_allclose(arrays["generated/points"] / 65535 * 2 - 1, expected, atol=2e-5)


STARTS = {  # one data set for each form of input, and layers that bring it into other forms
    "digits": ((), ({"kind": "pixels_to_sequence"},)),
    "wine": ((),),
    "wave_shapes": ((),),
    "balanced_brackets": ((), ({"kind": "embedding"},)),
}
ENDS = ((), ({"kind": "mean_over_time"},), ({"kind": "flatten"},))


def networks_with(kind: str) -> list[Experiment]:
    """Every network of a start, this layer and an end that fits."""
    found = []
    for data, starts in STARTS.items():
        for start in starts:
            for end in ENDS:
                one = experiment(data, "classification", *start, {"kind": kind}, *end, {"kind": "output"})
                with suppress(ExplorerError):
                    limits.check(one, loaded(data))
                    found.append(one)
                    break
    return found


@cache
def loaded(data: str) -> Dataset:
    return DATASETS[data]().load()


@pytest.mark.parametrize("kind", sorted(set(LAYERS) - {"output"}))
def test_every_layer_can_be_looked_at(kind):
    found = networks_with(kind)
    assert found, "no network tried has a place for this layer: add a start or an end"
    for one in found:
        camera = Camera(nx.train(one))
        head, arrays = unpack(camera.take(View(), {}))
        for number, column in enumerate(head["columns"]):
            assert len(column["names"]) == column["shown"]
            assert column["picture"] != "none"
            camera.take(View(focus=(number, 0)), {})
        for edge in head["edges"]:
            if edge["weights"]:
                assert arrays[edge["weights"]].shape == (head["columns"][edge["to"]]["shown"], head["columns"][edge["from"]]["shown"])
