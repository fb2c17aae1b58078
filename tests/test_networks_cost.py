"""Costs counted by hand, and refusals that come with an estimate."""

import json
import time

import pytest
import torch

from explorer.errors import BudgetError, ShapeError, SpecError
from explorer.experiment import Experiment, NetworkSpec, changed
from explorer.networks.build import build_network
from explorer.networks.cost import describe
from explorer.networks.limits import MAX_BYTES, MAX_PARAMETERS, check, check_network
from explorer.results.shape import Shape

OUTPUT = {"kind": "output"}
RELU = {"kind": "relu"}
ONE = Shape.features(1)


def linear(units, **fields):
    return {"kind": "linear", "out_features": units, **fields}


def conv(channels, **fields):
    return {"kind": "conv2d", "out_channels": channels, **fields}


def network(*layers):
    return NetworkSpec.model_validate({"layers": layers})


def test_a_perceptron_by_hand():
    cost = describe(network(linear(8), {"kind": "tanh"}, OUTPUT), Shape.features(2), ONE, batch_size=10)
    assert [row.parameters for row in cost.layers] == [2 * 8 + 8, 0, 8 + 1]
    assert [row.flops for row in cost.layers] == [2 * 2 * 8, 0, 2 * 8]
    assert [row.macs for row in cost.layers] == [16, 0, 8]
    assert [row.activation_bytes for row in cost.layers] == [32, 32, 4]
    assert (cost.parameters, cost.flops, cost.activation_bytes) == (33, 48, 68)
    assert cost.step_flops == 3 * 48 * 10
    assert cost.training_bytes == 4 * 33 * (2 + 2) + 10 * (68 + 8)


def test_a_convolution_by_hand():
    cost = describe(
        network(conv(6, kernel_size=5, stride=2, padding=1), {"kind": "flatten"}, OUTPUT), Shape.image(3, 13, 9), Shape.features(4), 1
    )
    row = cost.layer("conv2d_1")
    assert row.output == Shape.image(6, 6, 4)
    assert row.parameters == 6 * 3 * 25 + 6
    assert row.flops == 2 * (3 * 25) * (6 * 6 * 4)
    assert row.activation_bytes == 4 * 6 * 6 * 4


def test_blocks_count_what_they_hold_and_every_copy():
    cost = describe(
        network({"kind": "repeat", "times": 3, "body": [{"kind": "residual", "body": [linear(2), RELU]}]}, OUTPUT),
        Shape.features(2),
        ONE,
        1,
    )
    inner, residual, repeat = cost.layer("linear_1"), cost.layer("residual_1"), cost.layer("repeat_1")
    assert inner.block == ("repeat_1", "residual_1")
    assert (inner.copies, inner.parameters, inner.flops) == (3, 3 * 6, 3 * 8)
    assert residual.parameters == repeat.parameters == 18
    assert cost.parameters == 18 + 3
    assert repeat.flops == 24


def test_a_branch_without_layers_costs_its_copy_only():
    cost = describe(network({"kind": "parallel", "branches": [[linear(3)], []]}, OUTPUT), Shape.features(2), ONE, 1)
    row = cost.layer("parallel_1")
    assert row.output == Shape.features(5)
    assert row.activation_bytes == 4 * (3 + 5)


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([linear(7), {"kind": "batch_norm1d"}, {"kind": "gelu"}, {"kind": "dropout"}, OUTPUT], Shape.features(5)),
        ([conv(4, padding=1), {"kind": "batch_norm2d"}, {"kind": "silu"}, {"kind": "max_pool2d"}, {"kind": "flatten"}, OUTPUT],
         Shape.image(2, 6, 6)),
    ],
)  # fmt: skip
def test_totals_agree_with_the_built_network(layers, shape):
    """Parameters exactly; memory at least what autograd really keeps, and less than twice that."""
    spec, size = network(*layers), 16
    cost = describe(spec, shape, ONE, size)
    model = build_network(spec, shape, ONE, 0)
    assert cost.parameters == sum(p.numel() for p in model.parameters())
    kept = {}
    weights = {p.untyped_storage().data_ptr() for p in (*model.parameters(), *model.buffers())}

    def keep(tensor):
        if tensor.untyped_storage().data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(torch.randn(size, *shape.sizes))
    real = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    estimate = cost.training_bytes - 16 * cost.parameters
    assert real <= estimate <= 2 * real


def test_random_state_and_memory_are_left_alone():
    before = torch.random.get_rng_state()
    n = 1_000_000
    cost = describe(network(linear(n), linear(n), OUTPUT), Shape.features(2), ONE, 1)  # 4 TB of weights
    assert cost.parameters == 3 * n + n * (n + 1) + n + 1
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_network_of_38_modules_is_described_in_50_ms():
    spec = network(*[conv(8, padding=1), {"kind": "batch_norm2d"}, RELU] * 12, {"kind": "flatten"}, OUTPUT)
    shape = Shape.image(1, 28, 28)
    describe(spec, shape, Shape.features(10), 64)  # loads the meta kernels
    times = []
    for _ in range(5):
        start = time.perf_counter()
        describe(spec, shape, Shape.features(10), 64)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


def refusal(spec, shape, output=ONE, batch_size=10):
    start = time.perf_counter()
    with pytest.raises(BudgetError) as raised:
        check_network(spec, shape, output, batch_size)
    assert time.perf_counter() - start < 5
    return str(raised.value)


def test_too_much_memory_is_refused_with_estimate_limit_and_what_fits():
    spec = network(conv(1_000_000, padding=1), {"kind": "flatten"}, OUTPUT)
    text = refusal(spec, Shape.image(1, 28, 28), Shape.features(10), batch_size=64)
    assert text == "Layer 1 (Conv2d): this layer needs about 201 GB for one training step; one run may use 2 GB. 2,500 units would fit."
    fitting = check_network(
        network(conv(2500, padding=1), {"kind": "flatten"}, OUTPUT), Shape.image(1, 28, 28), Shape.features(10), batch_size=64
    )
    assert 0.8 * MAX_BYTES < max(fitting.training_bytes, 100 * fitting.parameters) <= MAX_BYTES


def test_too_many_weights():
    text = refusal(network(*[linear(3000)] * 4, OUTPUT), Shape.features(2))
    weights = 3 * 3000 + 3 * 3000 * 3001 + 3001
    assert text.startswith(f"The network has {weights:,} weights; one network may have 20,000,000. Most of it is in Layer 2 (Linear). ")
    assert weights > MAX_PARAMETERS
    fitting = int(text.removesuffix(" units would fit.").rpartition(" ")[2].replace(",", ""))
    check_network(network(linear(3000), linear(fitting), linear(3000), linear(3000), OUTPUT), Shape.features(2), ONE, 10)


def test_a_layer_a_million_wide_is_refused_at_that_layer():
    text = refusal(network(linear(1_000_000), linear(1_000_000), OUTPUT), Shape.features(2))
    assert text == "Layer 2 (Linear): this layer needs about 16 TB for one training step; one run may use 2 GB. 16 units would fit."


def test_too_many_layers_is_counted_without_building_them():
    body = [linear(8)]
    for _ in range(6):
        body = [{"kind": "repeat", "times": 100, "body": body}]
    text = refusal(network(*body, OUTPUT), Shape.features(8))
    assert "one network may have 200" in text


def test_too_much_arithmetic():
    text = refusal(
        network(conv(512, padding=1), conv(512, padding=1), {"kind": "global_avg_pool2d"}, OUTPUT), Shape.image(1, 64, 64), batch_size=64
    )
    assert "floating-point operations" in text
    assert "would fit" in text


def test_a_deep_network_is_only_slow_to_train():
    cost = check_network(network(*[linear(8)] * 198, OUTPUT), Shape.features(2), ONE, 10)
    assert cost.parameters == 24 + 197 * 72 + 9


def test_batch_normalisation_takes_no_single_example():
    with pytest.raises(ShapeError, match=r"Layer 2 \(BatchNorm 1d\): BatchNorm 1d takes batches of at least 2") as raised:
        check_network(network(linear(4), {"kind": "batch_norm1d"}, OUTPUT), Shape.features(2), ONE, batch_size=1)
    assert raised.value.layer == "batch_norm1d_1"


def test_nothing_to_learn():
    with pytest.raises(SpecError, match="nothing to learn"):
        check_network(network(RELU), ONE, ONE, batch_size=1)


def test_a_network_without_layers_is_a_record_and_cannot_be_trained():
    empty = changed(Experiment.preset("spiral"), "networks.model.layers", [])
    assert Experiment.from_url(empty.to_url()) == empty
    for refuse in (
        lambda: check(empty, empty.data.load()),
        lambda: describe(empty.networks["model"], ONE, ONE, 1),
        lambda: build_network(empty.networks["model"], ONE, ONE, 0),
    ):
        with pytest.raises(SpecError, match=r"The network has no layers yet\. Add one"):
            refuse()


def test_a_record_of_500_layers_is_refused_with_number_and_limit():
    fields = json.loads(Experiment.preset("spiral").to_json())
    fields["networks"]["model"]["layers"] = [linear(8)] * 500
    with pytest.raises(SpecError, match="a network holds at most 200 layers, this one has 500"):
        Experiment.from_json(json.dumps(fields))
