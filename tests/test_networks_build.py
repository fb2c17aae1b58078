"""Building networks: deterministic, independent of neighbours, and errors that name their layer."""

import math

import pytest
import torch
from torch import nn

from explorer.errors import ShapeError
from explorer.experiment import INITIALISATIONS, NetworkSpec
from explorer.networks.build import build_network, resolve
from explorer.results.shape import Shape

OUTPUT = {"kind": "output"}
RELU = {"kind": "relu"}


def linear(units, **fields):
    return {"kind": "linear", "out_features": units, **fields}


def network(*layers, **fields):
    return NetworkSpec.model_validate({"layers": layers, **fields})


def built(spec, inputs=2, outputs=1, seed=0):
    return build_network(spec, Shape.features(inputs), Shape.features(outputs), seed)


def test_resolve_fills_in_the_width_of_the_output_wherever_it_is():
    spec = network(OUTPUT, {"kind": "repeat", "times": 1, "body": [OUTPUT]})
    resolved = resolve(spec, Shape.features(3))
    assert [getattr(layer, "out_features", None) for layer in resolved.walk()] == [3, None, 3]
    assert [layer.id for layer in resolved.walk()] == [layer.id for layer in spec.walk()]


def test_the_forward_pass_is_the_product_of_its_weights():
    model = built(network(linear(4), {"kind": "tanh"}, OUTPUT))
    x = torch.randn(5, 2)
    first, second = model.module_of("linear_1"), model.module_of("output_1")
    expected = torch.tanh(x @ first.weight.T + first.bias) @ second.weight.T + second.bias
    torch.testing.assert_close(model(x), expected)


def test_same_seed_same_weights_and_the_global_generator_is_untouched():
    spec = network(linear(4), {"kind": "layer_norm"}, OUTPUT)
    before = torch.random.get_rng_state()
    first, second, other = built(spec, seed=3), built(spec, seed=3), built(spec, seed=4)
    assert torch.equal(before, torch.random.get_rng_state())
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])
    assert not torch.equal(first.module_of("linear_1").weight, other.module_of("linear_1").weight)


def test_a_layer_elsewhere_does_not_change_the_others_first_weights():
    plain = built(network(linear(4, id="a"), linear(4, id="b"), OUTPUT))
    more = built(network(linear(4, id="a"), linear(4, id="new"), {"kind": "residual", "body": [linear(4, id="b")]}, OUTPUT))
    for layer_id in ("a", "b", "output_1"):
        assert torch.equal(plain.module_of(layer_id).weight, more.module_of(layer_id).weight)
    assert not torch.equal(plain.module_of("a").weight[:, :2], plain.module_of("b").weight[:, :2])


def test_every_copy_of_a_repeat_is_reached_in_the_order_data_flows():
    spec = network({"kind": "repeat", "times": 2, "body": [{"kind": "repeat", "times": 2, "body": [linear(2)]}]}, OUTPUT)
    model = built(spec)
    ids = [layer_id for layer_id in model.layer_ids if layer_id.startswith("linear")]
    assert ids == ["linear_1", "linear_1#2", "linear_1#3", "linear_1#4"]
    ran = []
    for layer_id in ids:
        model.module_of(layer_id).register_forward_hook(lambda *_, layer_id=layer_id: ran.append(layer_id))
    model(torch.zeros(1, 2))
    assert ran == ids
    assert len({tuple(model.module_of(layer_id).weight.flatten().tolist()) for layer_id in ids}) == 4
    with pytest.raises(KeyError):
        model.module_of("linear_1#5")


def test_ids_that_torch_uses_itself_are_reached():
    model = built(network(linear(3, id="half"), linear(3, id="train"), OUTPUT))
    assert isinstance(model.module_of("half"), nn.Linear)
    assert model.train() is model


def test_live_fields_are_taken_over_in_every_copy():
    def dropped(p):
        return network({"kind": "repeat", "times": 2, "body": [{"kind": "dropout", "p": p}]}, OUTPUT)

    model = built(dropped(0.1))
    model.adjust(dropped(0.6))
    assert [model.module_of(name).p for name in ("dropout_1", "dropout_1#2")] == [0.6, 0.6]


def test_biases_start_where_they_are_told_and_norms_keep_their_own_start():
    spec = network(linear(4), {"kind": "batch_norm1d"}, OUTPUT, initialisation={"kind": "zeros", "bias": 0.25})
    model = built(spec)
    assert model.module_of("linear_1").weight.abs().sum() == 0
    assert model.module_of("linear_1").bias.tolist() == [0.25] * 4
    assert model.module_of("batch_norm1d_1").weight.tolist() == [1.0] * 4
    assert model.module_of("batch_norm1d_1").bias.tolist() == [0.0] * 4


SPREADS = {  # standard deviation of weights (out 300, in 200)
    "zeros": 0.0,
    "uniform": 0.5 / math.sqrt(3),
    "normal": 0.1,
    "xavier_uniform": math.sqrt(2 / 500),
    "xavier_normal": math.sqrt(2 / 500),
    "kaiming_uniform": math.sqrt(2 / 200),
    "kaiming_normal": math.sqrt(2 / 200),
    "orthogonal": math.sqrt(1 / 300),
    "sparse": 0.3 * math.sqrt(0.2),
}


@pytest.mark.parametrize("kind", INITIALISATIONS)
def test_weights_spread_as_the_formula_says(kind):
    model = built(network(linear(300), OUTPUT, initialisation={"kind": kind}), inputs=200)
    weight = model.module_of("linear_1").weight
    assert weight.std().item() == pytest.approx(SPREADS[kind], rel=0.03)
    assert weight.mean().abs().item() <= 0.03 * SPREADS[kind]
    assert INITIALISATIONS[kind].summary().endswith(".")


def test_orthogonal_weights_stand_at_right_angles():
    weight = built(network(linear(5), OUTPUT, initialisation={"kind": "orthogonal"}), inputs=8).module_of("linear_1").weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(5))


def test_sparse_weights_leave_each_unit_the_same_share():
    spec = network({"kind": "conv2d", "out_channels": 4}, {"kind": "flatten"}, OUTPUT, initialisation={"kind": "sparse", "sparsity": 0.5})
    model = build_network(spec, Shape.image(2, 5, 5), Shape.features(3), 0)
    assert (model.module_of("conv2d_1").weight.flatten(1) == 0).sum(1).tolist() == [9] * 4


MISFITS = [
    ([linear(4), {"kind": "conv2d"}, OUTPUT], "conv2d_1", "Layer 2 (Conv2d): Conv2d takes an image (channels, height, width), but its "
     "input has shape features 4. Use image data, or a Linear layer instead."),
    ([{"kind": "residual", "body": [RELU, {"kind": "batch_norm2d"}]}, OUTPUT], "batch_norm2d_1", "Layer 1 (Residual), layer 2 "
     "(BatchNorm 2d): BatchNorm 2d takes an image (channels, height, width), but its input has shape features 2. Use BatchNorm 1d."),
    ([{"kind": "parallel", "branches": [[RELU], [{"kind": "max_pool2d"}]]}, OUTPUT], "max_pool2d_1", "Layer 1 (Parallel), branch 2, layer "
     "1 (MaxPool 2d): MaxPool 2d takes an image (channels, height, width), but its input has shape features 2. Use image data, or a "
     "Linear layer instead."),
    ([linear(2)], "linear_1", "Layer 1 (Linear): the task needs features 1 as its answer (two classes need a single output, the score of "
     "the second), but this network ends in features 2. End it with an Output layer: it takes the number of outputs from the task."),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "layer_id", "sentence"), MISFITS)
def test_a_misfit_names_its_place(layers, layer_id, sentence):
    with pytest.raises(ShapeError) as raised:
        built(network(*layers))
    assert str(raised.value) == sentence
    assert raised.value.layer == layer_id
    assert network(*layers).place(layer_id) in sentence
