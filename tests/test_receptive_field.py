"""Computed receptive fields against networks whose inputs are changed number by number."""

import pytest
import torch
from test_layers_contract import batch, example, fits

from explorer.experiment import LAYERS, NetworkSpec
from explorer.networks.build import Network, resolve
from explorer.networks.receptive_field import looks_ahead, receptive_fields
from explorer.results.shape import Shape

IMAGE, SERIES, TOKENS = Shape.image(8, 12, 12), Shape.sequence(12, 4), Shape.tokens(9, 7)
CHANGES = (3.0, -3.0)
ROUNDING = 1e-11


def spec_of(layers) -> NetworkSpec:
    return resolve(NetworkSpec.model_validate({"layers": layers}), Shape.features(3))


def along(axis: int, dimensions: int) -> list[int]:
    return [-1 if number == axis else 1 for number in range(dimensions)]


def changed_inputs(shape: Shape, x: torch.Tensor) -> torch.Tensor:
    """(positions, *sizes): the input with all numbers at one position changed, for each position."""
    where = [axis for axis, name in enumerate(shape.axes) if name in ("time", "height", "width")]
    sizes = [shape.sizes[axis] for axis in where]
    hits = torch.eye(torch.Size(sizes).numel(), dtype=torch.bool).reshape(
        -1, *[size if axis in where else 1 for axis, size in enumerate(shape.sizes)]
    )
    if shape.vocabulary:
        return torch.where(hits, (x + 1) % shape.vocabulary, x)
    units = torch.arange(1.0, 1 + shape.units).reshape(along(shape.unit_axis, len(shape.axes)))  # not all alike: softmax would not see it
    return torch.cat([torch.where(hits, x + change * units, x) for change in CHANGES])


def measured(spec: NetworkSpec, shape: Shape) -> dict[str, tuple[int, ...]]:
    """Layer id -> how far apart, along each axis, the changes lie that reach one number of it; of the number that sees most."""
    torch.manual_seed(0)
    network = Network(spec, shape).double().eval()
    outputs: dict[str, torch.Tensor] = {}
    for layer_id in network.layer_ids:  # copies of a Repeat: the last one stays
        plain = layer_id.partition("#")[0]
        network.module_of(layer_id).register_forward_hook(lambda _m, _i, y, plain=plain: outputs.__setitem__(plain, y))
    sizes = [size for axis, size in zip(shape.axes, shape.sizes, strict=True) if axis in ("time", "height", "width")]
    reached: dict[str, torch.Tensor] = {}
    for x in batch(shape, 4) if shape.vocabulary else batch(shape, 4).double():
        with torch.no_grad():
            network(torch.cat([x[None], changed_inputs(shape, x)]))
        for layer_id, y in outputs.items():
            moved = ((y[1:] - y[:1]).abs() > ROUNDING).flatten(1).reshape(-1, *sizes, y[0].numel())
            moved = moved.any(0) if len(moved) > 1 else moved[0]
            reached[layer_id] = reached.get(layer_id, torch.zeros_like(moved)) | moved
    return {layer_id: extents(moved, len(sizes)) for layer_id, moved in reached.items()}


def extents(moved: torch.Tensor, axes: int) -> tuple[int, ...]:
    """moved: (*positions, outputs), bool."""
    found = []
    for axis in range(axes):
        others = tuple(other for other in range(axes) if other != axis)
        hit = (moved.any(others) if others else moved).long()  # (positions, outputs)
        first, last = hit.argmax(0), len(hit) - 1 - hit.flip(0).argmax(0)
        found.append(int(((last - first + 1) * hit.any(0)).max()))
    return tuple(found)


def conv(**fields):
    return {"kind": "conv2d", "out_channels": 3, **fields}


def conv1d(**fields):
    return {"kind": "conv1d", "out_channels": 4, **fields}


def repeated(layer):
    return {"kind": "repeat", "times": 100, "body": [layer]}


FLATTEN = {"kind": "flatten"}
IMAGE_NETWORKS = {
    "LeNet": [conv(kernel_size=3), {"kind": "max_pool2d"}, conv(kernel_size=2), {"kind": "max_pool2d"}, FLATTEN, {"kind": "linear"}],
    "dilated": [conv(padding=1), conv(padding=2, dilation=2), conv(padding=0, dilation=3)],
    "strided": [conv(kernel_size=2, stride=2), conv(kernel_size=3, stride=2, padding=1), conv(kernel_size=2)],
    "pooled": [{"kind": "avg_pool2d", "kernel_size": 3, "stride": 2}, conv(), {"kind": "adaptive_avg_pool2d", "size": 2}],
    "residual": [conv(), {"kind": "residual", "body": [conv(padding=1), conv(padding=1)]}, {"kind": "bottleneck", "stride": 2}],
    "branches": [{"kind": "parallel", "branches": [[conv(kernel_size=1)], [conv(kernel_size=5, padding=2)], []]}, conv()],
    "repeated": [conv(), {"kind": "repeat", "times": 3, "body": [conv(padding=1), {"kind": "silu"}]}],
    "transposed": [conv(stride=2), {"kind": "conv_transpose2d", "kernel_size": 4, "padding": 1}, conv(), {"kind": "conv_transpose2d"}],
    "upsampled": [{"kind": "max_pool2d"}, {"kind": "upsample2d"}, conv(), {"kind": "upsample2d", "factor": 3, "mode": "bilinear"}],
    "gaps": [{"kind": "conv_transpose2d", "kernel_size": 1, "stride": 2}, conv(kernel_size=2)],
    "read in rows": [conv(kernel_size=4, stride=2), {"kind": "pixels_to_sequence"}, conv1d(kernel_size=2), {"kind": "gru"}],
    "columns": [{"kind": "reshape", "units": 96}, {"kind": "permute"}, conv1d(kernel_size=2)],
    "gone": [conv(), {"kind": "global_avg_pool2d"}, {"kind": "linear"}, {"kind": "reshape", "to": "image", "units": 2, "height": 2}],
}  # fmt: skip
SERIES_NETWORKS = {
    "dilated and causal": [conv1d(causal=True, kernel_size=2, dilation=2**power) for power in range(3)],
    "strided and pooled": [conv1d(stride=2, padding=1), {"kind": "max_pool1d"}, {"kind": "avg_pool1d", "kernel_size": 3, "stride": 1}],
    "memory": [conv1d(causal=True), {"kind": "lstm"}, {"kind": "last_step"}, {"kind": "linear"}],
    "both ways": [{"kind": "gru", "bidirectional": True}, {"kind": "mean_over_time"}],
    "asked": [{"kind": "cross_attention", "body": [conv1d(stride=3)]}],
    "asked so far": [
        {"kind": "cross_attention", "causal": True, "body": [conv1d(causal=True)]},
        {"kind": "transformer_block", "causal": True},
    ],
    "decoder": [{"kind": "transformer_decoder"}],
    "swapped": [conv1d(), {"kind": "permute"}, {"kind": "softmax"}, {"kind": "layer_norm"}, {"kind": "linear"}],
    "flat": [conv1d(), FLATTEN, {"kind": "tanh"}],
}
CASES = [(name, layers, shape) for some, shape in ((IMAGE_NETWORKS, IMAGE), (SERIES_NETWORKS, SERIES)) for name, layers in some.items()]


@pytest.mark.parametrize(("layers", "shape"), [pytest.param(layers, shape, id=name) for name, layers, shape in CASES])
def test_what_is_computed_is_what_changes(layers, shape):
    spec = spec_of(layers)
    computed = {layer_id: found.sizes for layer_id, found in receptive_fields(spec.layers, shape).items()}
    assert computed == measured(spec, shape)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_looks_as_far_as_it_says(kind):
    shapes = [shape for shape in (IMAGE, SERIES, TOKENS) if fits(example(kind), shape)]
    for shape in shapes:
        spec = spec_of([{"kind": kind}])
        computed = {layer_id: found.sizes for layer_id, found in receptive_fields(spec.layers, shape).items()}
        assert computed == measured(spec, shape)


WORDS = [
    ([conv(kernel_size=5), conv(kernel_size=3)], IMAGE, ["5 x 5 px", "7 x 7 px"]),
    ([conv(padding=1), {"kind": "global_max_pool2d"}], IMAGE, ["3 x 3 px", "the whole input"]),
    ([conv1d(kernel_size=9), FLATTEN, {"kind": "linear"}], SERIES, ["9 steps", "9 steps", "the whole input"]),
    ([{"kind": "embedding"}, {"kind": "gru"}, {"kind": "last_step"}], TOKENS, ["1 step", "one step and all before it", "the whole input"]),
    ([conv1d(causal=True), {"kind": "self_attention", "causal": True}], SERIES, ["3 steps", "one step and all before it"]),
    ([{"kind": "linear"}, {"kind": "relu"}], Shape.features(4), []),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "shape", "words"), WORDS)
def test_in_words(layers, shape, words):
    assert [str(found) for found in receptive_fields(spec_of(layers).layers, shape).values()] == words


def test_a_network_that_does_not_fit_is_told_as_far_as_it_does():
    layers = [conv(), {"kind": "residual", "body": [conv(padding=1), {"kind": "linear"}, conv()]}, conv()]
    assert list(receptive_fields(spec_of(layers).layers, IMAGE)) == ["conv2d_1", "conv2d_2"]
    added = [{"kind": "parallel", "branches": [[conv()], [conv(padding=1)]], "merge": "add"}]
    assert list(receptive_fields(spec_of(added).layers, IMAGE)) == ["conv2d_1", "conv2d_2"]
    assert receptive_fields((), IMAGE) == {}


def test_a_million_copies_are_not_walked_one_by_one():
    spec = spec_of([repeated(repeated(repeated(conv(padding=1, out_channels=8))))])
    assert [str(found) for found in receptive_fields(spec.layers, IMAGE).values()] == ["the whole input"] * 4


READERS = [
    ({"kind": "self_attention"}, True),
    ({"kind": "self_attention", "causal": True}, False),
    ({"kind": "lstm"}, False),
    ({"kind": "gru", "bidirectional": True}, True),
    ({"kind": "conv1d", "causal": True, "out_channels": 4}, False),
    ({"kind": "conv1d", "padding": 1, "out_channels": 4}, True),
    ({"kind": "layer_norm"}, False),
    ({"kind": "transformer_block", "causal": True}, False),
    ({"kind": "residual", "body": [{"kind": "self_attention"}]}, True),
]


@pytest.mark.parametrize(("reader", "ahead"), READERS, ids=lambda value: str(value.get("kind")) if isinstance(value, dict) else str(value))
def test_a_network_that_looks_ahead_is_found_and_really_does(reader, ahead):
    spec = NetworkSpec.model_validate({"layers": [{"kind": "embedding", "out_features": 4}, {**reader, "id": "reader"}]})
    shape = Shape.tokens(6, 9)
    assert looks_ahead(spec.layers, shape) == ("reader" if ahead else "")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Network(spec, shape).eval()
    tokens = torch.arange(6)[None]
    later = torch.cat([tokens[:, :4], tokens[:, 4:] + 2], 1)
    with torch.no_grad():
        changed = (network(tokens) - network(later)).abs()[0, :4].max().item() > 1e-6
    assert changed == ahead
