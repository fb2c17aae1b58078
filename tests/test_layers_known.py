"""Layers against numbers and sentences known beforehand."""

import math

import pytest
import torch

from explorer.errors import ShapeError
from explorer.experiment import LAYERS
from explorer.results.shape import Shape

NUMBERS = torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])

CURVES = {
    "relu": lambda v: max(0.0, v),
    "leaky_relu": lambda v: v if v > 0 else 0.01 * v,
    "elu": lambda v: v if v > 0 else math.expm1(v),
    "selu": lambda v: 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v)),
    "celu": lambda v: v if v > 0 else math.expm1(v),
    "gelu": lambda v: v / 2 * (1 + math.erf(v / math.sqrt(2))),
    "silu": lambda v: v / (1 + math.exp(-v)),
    "mish": lambda v: v * math.tanh(math.log1p(math.exp(v))),
    "softplus": lambda v: math.log1p(math.exp(v)),
    "softsign": lambda v: v / (1 + abs(v)),
    "tanh": math.tanh,
    "tanhshrink": lambda v: v - math.tanh(v),
    "sigmoid": lambda v: 1 / (1 + math.exp(-v)),
    "hard_sigmoid": lambda v: min(max(v + 3, 0), 6) / 6,
    "hard_tanh": lambda v: min(max(v, -1), 1),
    "hard_swish": lambda v: v * min(max(v + 3, 0), 6) / 6,
    "relu6": lambda v: min(max(0.0, v), 6),
    "sine": math.sin,
}


@pytest.mark.parametrize("kind", CURVES)
def test_activation_computes_its_formula(kind):
    module = LAYERS[kind]().build(Shape.features(5))
    assert LAYERS[kind].elementwise
    torch.testing.assert_close(module(NUMBERS), torch.tensor([CURVES[kind](float(v)) for v in NUMBERS]))


def test_softmax_adds_up_along_the_units():
    for shape, axis in ((Shape.features(4), 1), (Shape.image(3, 2, 2), 1), (Shape.sequence(5, 4), 2)):
        y = LAYERS["softmax"]().build(shape)(torch.randn(2, *shape.sizes))
        torch.testing.assert_close(y.sum(axis), torch.ones_like(y.sum(axis)))


def test_global_pools():
    x = torch.arange(8.0).reshape(1, 2, 2, 2)
    shape = Shape.image(2, 2, 2)
    assert LAYERS["global_avg_pool2d"]().build(shape)(x).tolist() == [[1.5, 5.5]]
    assert LAYERS["global_max_pool2d"]().build(shape)(x).tolist() == [[3.0, 7.0]]


def test_residual_adds_its_input():
    layer = LAYERS["residual"](body=(LAYERS["relu"](),))
    assert layer.build(Shape.features(2))(torch.tensor([[3.0, -3.0]])).tolist() == [[6.0, -3.0]]


def test_parallel_adds_or_concatenates():
    x = torch.tensor([[3.0, -3.0]])
    branches = ((LAYERS["relu"](),), ())
    added = LAYERS["parallel"](branches=branches, merge="add").build(Shape.features(2))
    beside = LAYERS["parallel"](branches=branches).build(Shape.features(2))
    assert added(x).tolist() == [[6.0, -3.0]]
    assert beside(x).tolist() == [[3.0, 0.0, 3.0, -3.0]]


def test_parallel_concatenates_along_channels():
    conv = LAYERS["conv2d"](out_channels=5, padding=1)
    layer = LAYERS["parallel"](branches=((conv,), ()))
    assert layer.output_shape(Shape.image(3, 4, 6)) == Shape.image(8, 4, 6)


def test_repeat_has_weights_of_its_own_each_time():
    layer = LAYERS["repeat"](times=3, body=(LAYERS["linear"](out_features=4),))
    module = layer.build(Shape.features(4))
    weights = [p for name, p in module.named_parameters() if name.endswith("weight")]
    assert len(weights) == 3
    assert not torch.equal(weights[0], weights[1])


def test_dropout_takes_a_new_share_while_it_runs():
    module = LAYERS["dropout"](p=0.2).build(Shape.features(4))
    LAYERS["dropout"](p=0.7).adjust(module)
    assert module.p == 0.7
    x = torch.ones(1, 4000)
    torch.manual_seed(0)
    assert abs((module(x) == 0).float().mean() - 0.7) < 0.03
    assert torch.equal(module.eval()(x), x)


MISFITS = [
    ("conv2d", {}, Shape.features(8), "Conv2d takes an image (channels, height, width), but its input has shape features 8. "
     "Use image data, or a Linear layer instead."),
    ("conv2d", {"kernel_size": 5}, Shape.image(1, 4, 3), "Conv2d takes an image of at least 5 x 5 pixels, but its input has shape "
     "channels 1 x height 4 x width 3. The largest kernel that fits is 3."),
    ("conv2d", {"kernel_size": 7, "padding": 1}, Shape.image(1, 4, 4), "Conv2d takes an image of at least 7 x 7 pixels, but its input "
     "has shape channels 1 x height 4 x width 4. The largest kernel that fits is 6, 1 of padding on each side included."),
    ("linear", {}, Shape.image(1, 8, 8), "Linear takes a vector of features, but its input has shape channels 1 x height 8 x width 8. "
     "Put a Flatten layer before it."),
    ("linear", {}, Shape.tokens(4, 11), "Linear takes features, but its input has shape time 4. These are token numbers below 11: put an "
     "Embedding layer before it."),
    ("batch_norm1d", {}, Shape.image(1, 8, 8), "BatchNorm 1d takes a vector of features, but its input has shape "
     "channels 1 x height 8 x width 8. Use BatchNorm 2d."),
    ("residual", {"body": [{"kind": "linear", "out_features": 3}]}, Shape.features(2), "Residual takes layers that keep the shape, but its "
     "input has shape features 2 and its layers end in features 3. End them with a Linear layer of 2 units."),
    ("repeat", {"body": [{"kind": "linear", "out_features": 3}]}, Shape.features(2), "Repeat takes layers that keep the shape, "
     "but its input has shape features 2 and its layers end in features 3. "
     "Put the layer that changes the shape in front of the Repeat, or repeat once."),
    ("parallel", {"branches": [[], [{"kind": "linear", "out_features": 3}]], "merge": "add"}, Shape.features(2),
     "Parallel takes branches of one shape, to add them, but they end differently: branch 1 in features 2; branch 2 in features 3. "
     "Make the branches end alike, or "
     "choose merge concatenate."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fields", "shape", "sentence"), MISFITS)
def test_misfit_says_what_came_and_what_to_do(kind, fields, shape, sentence):
    with pytest.raises(ShapeError) as raised:
        LAYERS[kind].model_validate(fields).output_shape(shape)
    assert str(raised.value) == sentence


def test_a_chain_keeps_words_that_torch_uses_itself_apart():
    layer = LAYERS["repeat"](times=2, body=(LAYERS["linear"](id="half", out_features=2),))
    module = layer.build(Shape.features(2))
    assert [layer_id for layer_id, _ in module.layers()] == ["half", "half"]
    assert module.half() is module  # still torch's own
