"""Costs counted by hand, and refusals that come with an estimate."""

import json
import subprocess
import sys
import time

import pytest
import torch

from explorer.errors import BudgetError, ExplorerError, ShapeError, SpecError
from explorer.experiment import Experiment, NetworkSpec, changed
from explorer.networks import cost
from explorer.networks.build import build_network
from explorer.networks.cost import describe
from explorer.networks.limits import MAX_BYTES, MAX_PARAMETERS, check, check_network
from explorer.results.shape import Shape
from explorer.runs.sandbox import BASE_BYTES
from explorer.training.loop import train

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
    assert min(times) < 5


def refusal(spec, shape, output=ONE, batch_size=10):
    start = time.perf_counter()
    with pytest.raises(BudgetError) as raised:
        check_network(spec, shape, output, batch_size)
    assert time.perf_counter() - start < 60
    return str(raised.value)


def what_fits(text):
    return int(text.removesuffix(" units would fit.").rpartition(" ")[2].replace(",", ""))


def test_too_much_memory_is_refused_with_estimate_limit_and_what_fits():
    def of(channels):
        return network(conv(channels, padding=1), {"kind": "flatten"}, OUTPUT)

    text = refusal(of(1_000_000), Shape.image(1, 28, 28), Shape.features(10), batch_size=64)
    assert text.startswith("Layer 1 (Conv2d): this layer needs about 201 GB of memory; one run may use 2 GB. ")
    fitting = check_network(of(what_fits(text)), Shape.image(1, 28, 28), Shape.features(10), batch_size=64)
    assert 0.8 * MAX_BYTES < fitting.run_bytes <= MAX_BYTES


def test_a_million_units_on_points_are_refused_for_what_drawing_them_takes():
    """A training step takes 256 MB only; the pictures are made of 2,500 points, each with a million numbers."""
    wide = network(linear(1_000_000), OUTPUT)
    assert describe(wide, Shape.features(2), ONE, 10).training_bytes < 0.3 * MAX_BYTES
    text = refusal(wide, Shape.features(2))
    assert text.startswith("Layer 1 (Linear): this layer needs about ")
    assert "of memory; one run may use 2 GB. " in text
    assert check_network(network(linear(what_fits(text)), OUTPUT), Shape.features(2), ONE, 10).run_bytes > 0.8 * MAX_BYTES


def test_too_many_weights():
    text = refusal(network(*[linear(3000)] * 4, OUTPUT), Shape.features(2))
    weights = 3 * 3000 + 3 * 3000 * 3001 + 3001
    assert text.startswith(f"The network has {weights:,} weights; one network may have 20,000,000. Most of it is in Layer 2 (Linear). ")
    assert weights > MAX_PARAMETERS
    check_network(network(linear(3000), linear(what_fits(text)), linear(3000), linear(3000), OUTPUT), Shape.features(2), ONE, 10)


def test_a_layer_a_million_wide_is_refused_at_that_layer():
    text = refusal(network(linear(1_000_000), linear(1_000_000), OUTPUT), Shape.features(2))
    assert text.startswith("Layer 2 (Linear): this layer has 1,000,001,000,000 weights; one network may have 20,000,000. ")


def test_too_many_layers_is_counted_without_building_them():
    body = [linear(8)]
    for _ in range(6):
        body = [{"kind": "repeat", "times": 100, "body": body}]
    text = refusal(network(*body, OUTPUT), Shape.features(8))
    assert "one network may have 200" in text


def test_too_much_arithmetic():
    text = refusal(
        network(conv(512, padding=1), conv(512, padding=1), {"kind": "global_avg_pool2d"}, OUTPUT), Shape.image(1, 32, 32), batch_size=80
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


DEEP = {
    "a CNN of 40 layers": (
        [*[conv(8, padding=1), {"kind": "batch_norm2d"}, RELU] * 13, {"kind": "flatten"}, OUTPUT],
        Shape.image(1, 28, 28),
    ),
    "12 transformer blocks": (
        [{"kind": "embedding", "out_features": 32}, *[{"kind": "transformer_block", "heads": 4}] * 12, {"kind": "mean_over_time"}, OUTPUT],
        Shape.tokens(64, 100),
    ),
    "an LSTM over 512 steps": ([{"kind": "lstm", "hidden_size": 32}, {"kind": "last_step"}, OUTPUT], Shape.sequence(512, 3)),
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_alike_is_measured_once(name):
    """A deep network costs no more looks than it has different layers; the numbers are those of all of them."""
    layers, shape = DEEP[name]
    cost._measured.cache_clear()
    found = describe(network(*layers), shape, Shape.features(10), 64)
    assert cost._measured.cache_info().misses <= 7
    assert found.parameters == sum(p.numel() for p in build_network(network(*layers), shape, Shape.features(10), 0).parameters())


def test_tables_of_tokens_and_attention_between_all_steps_are_counted():
    def of(steps, vocabulary):
        layers = [{"kind": "embedding", "out_features": 32}, {"kind": "self_attention", "heads": 4}, {"kind": "mean_over_time"}, OUTPUT]
        return describe(network(*layers), Shape.tokens(steps, vocabulary), Shape.features(10), 8)

    assert of(16, 5000).parameters - of(16, 1000).parameters == 4000 * 32
    once, twice = (of(steps, 10).layer("self_attention_1").flops for steps in (64, 128))
    assert twice > 2 * once + 2 * 2 * 32 * 64 * 64  # the projections twice, the pairs of steps four times


SILLY = {
    "198 wide layers": [*[linear(1_000_000)] * 198, OUTPUT],
    "deep with a wide end": [*[linear(8)] * 190, linear(1_000_000), OUTPUT],
    "200 layers too wide together": [*[linear(1000)] * 198, OUTPUT],
    "a Repeat of Repeats": [{"kind": "repeat", "times": 14, "body": [{"kind": "repeat", "times": 7, "body": [linear(1_000_000)]}]}, OUTPUT],
    "10,000 layers": [{"kind": "repeat", "times": 100, "body": [{"kind": "repeat", "times": 100, "body": [linear(8)]}]}, OUTPUT],
}


@pytest.mark.parametrize("name", SILLY)
def test_the_silliest_networks_are_refused_after_few_looks(name):
    cost._measured.cache_clear()
    with pytest.raises(ExplorerError):
        check_network(network(*SILLY[name]), Shape.features(8), ONE, 10)
    assert cost._measured.cache_info().misses < 120


def test_a_repeat_costs_what_its_copies_cost_one_by_one():
    body = [linear(6), {"kind": "layer_norm"}, RELU]
    repeated = describe(network({"kind": "repeat", "times": 5, "body": body}, OUTPUT), Shape.features(6), ONE, 4)
    unrolled = describe(network(*body * 5, OUTPUT), Shape.features(6), ONE, 4)
    for name in ("parameters", "flops", "activation_bytes", "training_bytes"):
        assert getattr(repeated, name) == getattr(unrolled, name)


def test_metrics_measured_in_pieces_are_those_of_one_pass(monkeypatch):
    training = train(Experiment.preset("digits_cnn"))
    whole = training.experiment.task.evaluate(training.state)
    monkeypatch.setitem(cost._PIECES, training.networks["model"], 100)
    pieces = training.experiment.task.evaluate(training.state)
    assert pieces == pytest.approx(whole, rel=1e-5)


HEAVY = {
    "wide": ("spiral", [linear(30_000), RELU, OUTPUT], 10),
    "many weights": ("spiral", [linear(1500), RELU, linear(1500), RELU, linear(1500), RELU, OUTPUT], 32),
    "images": (
        "digits_cnn",
        [conv(64, padding=1), RELU, {"kind": "upsample2d", "factor": 4}, conv(32, padding=1), {"kind": "flatten"}, OUTPUT],
        256,
    ),
    "steps": (
        "digits_cnn",
        [{"kind": "pixels_to_sequence"}, linear(64), *[{"kind": "transformer_block", "heads": 4}] * 4, {"kind": "mean_over_time"}, OUTPUT],
        256,
    ),
}
RUN = """
import json, sys, tempfile, pathlib
import explorer.runs.preload
import torch
from explorer.experiment import Experiment
from explorer.runs.checkpoints import Saver
from explorer.runs.session import Session

def memory(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)) * 1024

torch.set_num_threads(1)
before = memory("VmRSS")
session = Session(sys.stdin.read())
session.frame({}, True)
session.advance(steps=3)
saver = Saver(pathlib.Path(tempfile.mkdtemp()), lambda row: None)
saver.save(session.step, *session.checkpoint())
session.advance(steps=2)
saver.wait()
session.frame({}, True)
print(memory("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("name", HEAVY)
def test_no_run_takes_more_memory_than_its_estimate(name):
    preset, layers, batch_size = HEAVY[name]
    experiment = changed(Experiment.preset(preset), "networks.model.layers", layers)
    experiment = changed(changed(experiment, "training.batch_size", batch_size), "training.device", "cpu")
    estimate = BASE_BYTES + check(experiment, experiment.data.load())["model"].run_bytes
    done = subprocess.run([sys.executable, "-c", RUN], input=experiment.to_json(), capture_output=True, text=True, check=True)
    assert int(done.stdout) <= estimate
