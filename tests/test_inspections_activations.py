"""What is said of activations is what the layers give."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_gan import ring
from test_inspections_contract import run_of, small
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import LAYERS, Experiment, preset, presets
from explorer.inspections import INSPECTIONS
from explorer.inspections.activation_histogram import _measure
from explorer.inspections.attention import entropies
from explorer.inspections.class_means import variance_explained
from explorer.inspections.places import places
from explorer.layers.self_attention import Attention
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

KINDS = ("activations", "activation_histogram", "class_means", "exciting_examples", "recurrent_states", "attention")


def ran(name: str) -> Training:
    with torch.enable_grad():  # also in a test that computes without gradients
        return run_of(name)


def look(kind: str, training: Training, **fields: object) -> Inspected:
    return INSPECTIONS[kind](**fields).look(training)


def with_layers(name: str, *layers: object) -> Training:
    experiment = small(preset(name).experiment)
    network = experiment.networks["model"].model_copy(update={"layers": layers})
    return train(Experiment.model_validate({**dict(experiment), "networks": {"model": type(network)(layers=layers)}}))


def output_of(training: Training, layer: str, x: torch.Tensor) -> torch.Tensor:
    """What a layer gives, by running the network as far as it stands at the top level."""
    network = training.networks["model"]
    for layer_id, module in network.body.layers():
        x = module(x)
        if layer_id == layer:
            return x
    raise KeyError(layer)


@torch.no_grad()
def test_activations_are_what_the_layer_gives():
    training = ran("digits_cnn")
    found = look("activations", training, layer="conv2d_2", example=3, count=2)
    wanted = output_of(training, "conv2d_2", training.state.x_test[3:5])
    np.testing.assert_allclose(found.arrays["values"], wanted, atol=1e-6)
    assert found.arrays["examples"].tolist() == [3, 4]


@torch.no_grad()
def test_the_scale_is_of_the_unit_the_layer_or_all_layers():
    training = ran("digits_cnn")
    outputs = [output_of(training, layer, training.state.x_test[:1]) for layer in training.networks["model"].layer_ids]
    own = output_of(training, "conv2d_1", training.state.x_test[:1]).abs()
    limits = {scale: look("activations", training, layer="conv2d_1", scale=scale).arrays["limits"] for scale in ("unit", "layer", "global")}
    np.testing.assert_allclose(limits["unit"], own.amax((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(limits["layer"], own.max(), rtol=1e-5)
    np.testing.assert_allclose(limits["global"], max(output.abs().max() for output in outputs), rtol=1e-5)


def test_of_many_units_some_are_shown_and_it_is_said():
    training = with_layers("digits_mlp", LAYERS["flatten"](), LAYERS["linear"](out_features=200), LAYERS["output"]())
    found = look("activations", training, layer="linear_1")
    assert len(found.arrays["units"]) == 64
    assert "64 of 200 units" in " ".join(found.words)


def test_dead_units_are_counted_with_the_examples_they_were_measured_on():
    training = with_layers("digits_mlp", LAYERS["flatten"](), LAYERS["linear"](out_features=5), LAYERS["relu"](), LAYERS["output"]())
    with torch.no_grad():
        training.module_of("model", "linear_1").bias[[1, 4]] = -1e4
    found = look("activation_histogram", training, examples=37)
    row = next(row for row in found.facts["layers"] if row["layer"] == "relu_1")
    assert set(row["dead"]) >= {1, 4}
    assert found.facts["examples"] == 37
    assert "37 test examples" in found.words[0]
    assert next(row for row in found.facts["layers"] if row["layer"] == "linear_1")["dead"] is None


@pytest.mark.parametrize(
    ("module", "values", "stuck"),
    [(nn.Tanh(), [0.98, -0.98, 0.9], [0, 1]), (nn.Sigmoid(), [0.02, 0.5, 0.98], [0, 2]), (nn.GELU(), [9.0], [])],
)
def test_saturated_is_near_an_end(module, values, stuck):
    assert _measure(module, torch.tensor([values, values])).stuck.tolist() == stuck


def test_a_unit_that_now_and_then_saturates_is_not_saturated():
    assert _measure(nn.Tanh(), torch.tensor([[0.99], [0.0]])).stuck.tolist() == []


def test_a_histogram_counts_every_output():
    found = look("activation_histogram", ran("spiral"), examples=20)
    assert all(found.arrays[f"counts/{row['layer']}"].sum() == 20 * row["units"] for row in found.facts["layers"])


def test_class_means_are_means_of_classes():
    training = ran("digits_cnn")
    found = look("class_means", training, layer="output_1")
    y = training.state.dataset.test.y
    with torch.no_grad():
        outputs = training.networks["model"](training.state.x_test).numpy()
    wanted = np.stack([outputs[y == label].mean(0) for label in range(10)])
    np.testing.assert_allclose(found.arrays["means"], wanted, atol=1e-5)
    assert found.arrays["counts"].tolist() == np.bincount(y, minlength=10).tolist()


def test_variance_explained_is_all_nothing_or_none():
    labels = np.array([0, 0, 1, 1])
    values = np.array([[1.0, 1.0, 5.0], [1.0, -1.0, 5.0], [2.0, 1.0, 5.0], [2.0, -1.0, 5.0]])
    np.testing.assert_allclose(variance_explained(values, labels, 2), [1.0, 0.0, 0.0])


def test_tags_are_averaged_step_by_step():
    training = train(small(preset("build_10_bilstm_tagger").experiment))
    found = look("class_means", training, layer="output_1")
    assert found.arrays["counts"].sum() == training.state.dataset.test.y.size


def test_the_most_exciting_examples_are_those_of_the_largest_numbers():
    training = ran("digits_cnn")
    found = look("exciting_examples", training, layer="output_1", unit=4, count=5)
    with torch.no_grad():
        outputs = training.networks["model"](training.state.x_test)[:, 4]
    values, numbers = outputs.topk(5)
    assert found.arrays["numbers"].tolist() == numbers.tolist()
    np.testing.assert_allclose(found.arrays["values"], values, atol=1e-5)
    assert np.array_equal(found.arrays["inputs"], training.state.dataset.test.raw[numbers])


def test_a_unit_that_gives_the_same_for_all_has_no_pictures_and_says_so():
    training = ran("digits_cnn")
    with torch.no_grad():
        training.networks["model"].get_parameter("body.conv2d_1.weight")[2] = 0.0
    found = look("exciting_examples", training, layer="conv2d_1", unit=2)
    assert "gives the same for all of" in found.words[0]
    assert figures(found) == {}
    assert figures(look("exciting_examples", training, layer="conv2d_1", unit=3))


def test_units_of_the_answer_carry_the_names_of_their_classes():
    training = run_of("three_arms")
    names, last = training.state.dataset.class_names, training.networks["model"].spec.layers[-1].id
    wanted = [f"{number}: {name}" for number, name in enumerate(names)]
    for kind in ("activations", "class_means"):
        assert look(kind, training, layer=last).facts["names"] == wanted
        assert look(kind, training, layer="linear_1").facts["names"][:2] == ["0", "1"]
    found = look("exciting_examples", training, layer=last, unit=1)
    assert f"Unit 1 of {last} (class {names[1]}) gives most" in found.words[0]
    assert next(iter(figures(found))) == f"What excites unit 1 of {last} (class {names[1]}) most"
    assert f"unit 2 (class {names[2]})" in look("glass_linear", training, layer=last, unit=2).words[0]
    assert look("activations", ran("digits_cnn"), layer="output_1").facts["names"] == [str(number) for number in range(10)]


@torch.no_grad()
def test_an_lstm_is_torchs_cell_step_by_step():
    training = ran("build_08_lstm")
    found = look("recurrent_states", training, example=2)
    cell, x = training.module_of("model", "lstm_1").cell, output_of(training, "embedding_1", training.state.x_test[2:3])
    own = nn.LSTMCell(cell.input_size, cell.hidden_size)
    own.load_state_dict({name: getattr(cell, f"{name}_l0") for name in own.state_dict()})
    h = c = torch.zeros(1, cell.hidden_size)
    for step, now in enumerate(x.unbind(1)):
        h, c = own(now, (h, c))
        np.testing.assert_allclose(found.arrays["hidden"][step], h[0], atol=1e-5)
        np.testing.assert_allclose(found.arrays["cell"][step], c[0], atol=1e-5)


@torch.no_grad()
def test_the_gates_of_a_gru_make_its_output():
    training = train(small(preset("build_09_gru").experiment))
    found = look("recurrent_states", training)
    hidden, update, candidate = (found.arrays[name] for name in ("hidden", "update", "candidate"))
    before = np.vstack([np.zeros_like(hidden[:1]), hidden[:-1]])
    np.testing.assert_allclose(hidden, (1 - update) * candidate + update * before, atol=1e-5)


@torch.no_grad()
def test_backward_units_read_from_the_end():
    training = train(small(preset("build_10_bilstm_tagger").experiment))
    layer = places(training)["lstm_1"].module
    size = layer.cell.hidden_size
    found = look("recurrent_states", training, direction="backward")
    wanted = output_of(training, "lstm_1", training.state.x_test[:1])[0, :, size:]
    np.testing.assert_allclose(found.arrays["hidden"], wanted, atol=1e-5)
    np.testing.assert_allclose(found.arrays["hidden"], found.arrays["output"] * np.tanh(found.arrays["cell"]), atol=1e-5)


def test_a_layer_that_reads_forward_only_says_so():
    with pytest.raises(SpecError, match="reads forward only"):
        look("recurrent_states", ran("build_08_lstm"), direction="backward")


@torch.no_grad()
def test_attention_is_torchs_own():
    training = ran("build_12_tiny_decoder")
    found = look("attention", training, example=1)
    place = next(iter(places(training, Attention).values()))
    module, seen = place.module, []
    handle = module.register_forward_hook(lambda _module, args, _output: seen.append(args[0]))
    training.networks["model"].eval()(training.state.x_test[1:2])
    handle.remove()
    theirs = nn.MultiheadAttention(module.query.in_features, module.heads, batch_first=True)
    theirs.in_proj_weight.copy_(torch.cat([module.query.weight, module.key.weight, module.value.weight]))
    theirs.in_proj_bias.copy_(torch.cat([module.query.bias, module.key.bias, module.value.bias]))
    later = torch.ones(seen[0].shape[1], seen[0].shape[1], dtype=torch.bool).triu(1)
    _, wanted = theirs(seen[0], seen[0], seen[0], attn_mask=later, average_attn_weights=False)
    training.networks["model"].train()
    np.testing.assert_allclose(found.arrays["weights"], wanted[0], atol=1e-5)
    np.testing.assert_allclose(found.arrays["weights"].sum(-1), 1, atol=1e-5)
    assert not module.keep_weights
    assert module.weights is None


def test_entropy_is_nothing_for_one_and_the_logarithm_for_all():
    np.testing.assert_allclose(entropies(np.array([[1.0, 0, 0, 0], [0.25] * 4])), [0, np.log(4)], atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("activations", {"layer": "conv2d_9"}, "There is no layer named"),
        ("activations", {"example": 10**6}, "There is no test example"),
        ("exciting_examples", {"layer": "conv2d_1", "unit": 999}, "has no unit 999"),
    ],
)
def test_what_is_not_there_is_said(kind, fields, words):
    with pytest.raises(SpecError, match=words):
        look(kind, ran("digits_cnn"), **fields)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*presets(), "gan"])
def test_every_preset_answers_and_is_drawn(name):
    experiment = ring() if name == "gan" else small(preset(name).experiment)
    training = train(experiment)
    for kind in KINDS:
        if not INSPECTIONS[kind].reason_not(training):
            for layer in (INSPECTIONS[kind].choices(training).get("layer") or [""])[:40]:
                fields = {"layer": layer} if layer else {}
                found = look(kind, training, **fields)
                assert figures(found) or found.facts["constant"]
