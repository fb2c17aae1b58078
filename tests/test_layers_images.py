"""Layers for images and plain features against torch's functional forms and numbers known beforehand."""

import pytest
import torch
from torch.nn import functional

from explorer.errors import ShapeError
from explorer.experiment import LAYERS, NetworkSpec
from explorer.networks.build import build_network
from explorer.results.shape import Shape


def test_conv1d_looks_for_its_pattern_along_time():
    layer = LAYERS["conv1d"](out_channels=1, kernel_size=2, bias=False)
    module = layer.build(Shape.sequence(4, 1))
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[[-1.0, 1.0]]]))  # the rise from one step to the next
    assert module(torch.tensor([[[0.0], [1.0], [3.0], [6.0]]])).flatten().tolist() == [1, 2, 3]


@pytest.mark.parametrize("fields", [{}, {"stride": 2, "padding": 3}, {"dilation": 4, "padding": 2, "kernel_size": 2}])
def test_conv1d_is_torch_with_time_last(fields):
    layer, shape = LAYERS["conv1d"](out_channels=5, **fields), Shape.sequence(9, 3)
    module, x = layer.build(shape), torch.randn(2, 9, 3)
    options = {name: fields[name] for name in ("stride", "padding", "dilation") if name in fields}
    expected = functional.conv1d(x.mT, module.weight, module.bias, **options).mT
    torch.testing.assert_close(module(x), expected)
    assert layer.output_shape(shape).sizes == expected.shape[1:]


@pytest.mark.parametrize("fields", [{}, {"dilation": 3}, {"stride": 2, "padding": 5}])
def test_a_causal_conv1d_has_all_zeros_in_front(fields):
    layer, shape = LAYERS["conv1d"](out_channels=2, causal=True, **fields), Shape.sequence(9, 3)
    module, x = layer.build(shape), torch.randn(2, 9, 3)
    dilation, stride = fields.get("dilation", 1), fields.get("stride", 1)
    padded = functional.pad(x.mT, (2 * dilation, 0))
    expected = functional.conv1d(padded, module.weight, module.bias, stride=stride, dilation=dilation).mT
    torch.testing.assert_close(module(x), expected)
    assert layer.output_shape(shape).sizes == expected.shape[1:]
    later = torch.cat([x[:, :6], torch.randn(2, 3, 3)], 1)
    before = -(-6 // stride)
    torch.testing.assert_close(module(later)[:, :before], expected[:, :before])


def test_pooling_over_time_takes_stretches_of_each_feature():
    x = torch.tensor([[[1.0, 9.0], [3.0, 5.0], [2.0, 0.0], [4.0, 4.0], [8.0, 8.0]]])
    shape = Shape.sequence(5, 2)
    assert LAYERS["max_pool1d"]().build(shape)(x).tolist() == [[[3, 9], [4, 4]]]
    assert LAYERS["avg_pool1d"]().build(shape)(x).tolist() == [[[2, 7], [3, 2]]]
    assert LAYERS["max_pool1d"](kernel_size=3, stride=1).build(shape)(x).tolist() == [[[3, 9], [4, 5], [8, 8]]]


@pytest.mark.parametrize(("fields", "shape"), [
    ({"out_channels": 8}, Shape.image(8, 6, 5)),
    ({"out_channels": 12, "stride": 2}, Shape.image(8, 6, 5)),
    ({"out_channels": 4, "kernel_size": 5, "reduction": 1}, Shape.image(2, 3, 7)),
])  # fmt: skip
def test_bottleneck_is_three_convolutions_and_a_shortcut(fields, shape):
    layer = LAYERS["bottleneck"](**fields)
    module, x = layer.build(shape).eval(), torch.randn(3, *shape.sizes)
    for norm in (part for part in module.modules() if isinstance(part, torch.nn.BatchNorm2d)):
        norm.running_mean.uniform_(-1, 1)
        norm.running_var.uniform_(0.5, 2)
    down, down_norm, _, middle, middle_norm, _, up, up_norm = module.body
    h = functional.relu(down_norm(functional.conv2d(x, down.weight)))
    h = functional.relu(middle_norm(functional.conv2d(h, middle.weight, stride=layer.stride, padding=layer.kernel_size // 2)))
    kept = layer.output_shape(shape) == shape
    shortcut = x if kept else module.shortcut[1](functional.conv2d(x, module.shortcut[0].weight, stride=layer.stride))
    expected = functional.relu(shortcut + up_norm(functional.conv2d(h, up.weight)))
    torch.testing.assert_close(module(x), expected)
    assert down.out_channels == layer.out_channels // layer.reduction
    assert layer.output_shape(shape).sizes == expected.shape[1:]


@pytest.mark.parametrize("kind", ["conv2d", "depthwise_conv2d"])
def test_dilation_spreads_the_filter(kind):
    layer, shape = LAYERS[kind](kernel_size=3, dilation=2, padding=1), Shape.image(2, 7, 5)
    module, x = layer.build(shape), torch.randn(2, 2, 7, 5)
    groups = 2 if kind == "depthwise_conv2d" else 1
    expected = functional.conv2d(x, module.weight, module.bias, padding=1, dilation=2, groups=groups)
    torch.testing.assert_close(module(x), expected)
    assert layer.output_shape(shape).sizes == expected.shape[1:]


def test_depthwise_filters_see_one_channel():
    module = LAYERS["depthwise_conv2d"](multiplier=2, kernel_size=1, bias=False).build(Shape.image(2, 1, 1))
    with torch.no_grad():
        module.weight.copy_(torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(4, 1, 1, 1))
    assert module(torch.tensor([10.0, 100.0]).reshape(1, 2, 1, 1)).flatten().tolist() == [10, 20, 300, 400]


def test_conv_transpose_stamps_its_pattern():
    module = LAYERS["conv_transpose2d"](out_channels=1, bias=False).build(Shape.image(1, 1, 2))
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert module(torch.tensor([[[[1.0, 10.0]]]])).tolist() == [[[[1, 2, 10, 20], [3, 4, 30, 40]]]]
    assert LAYERS["conv_transpose2d"](out_channels=5).build(Shape.image(3, 4, 4)).weight.shape == (5, 3, 2, 2)


def test_conv_transpose_undoes_the_shape_of_a_convolution():
    for kernel, stride, padding in ((3, 1, 1), (2, 2, 0), (4, 2, 1)):
        fields = {"kernel_size": kernel, "stride": stride, "padding": padding}
        small = LAYERS["conv2d"](**fields).output_shape(Shape.image(1, 8, 8))
        layer = LAYERS["conv_transpose2d"](out_channels=1, **fields)
        assert layer.output_shape(small) == Shape.image(1, 8, 8)
        assert layer.build(small)(torch.ones(1, *small.sizes)).shape == (1, 1, 8, 8)


def test_upsample_repeats_or_blends():
    x = torch.tensor([[[[0.0, 4.0]]]])
    shape = Shape.image(1, 1, 2)
    assert LAYERS["upsample2d"]().build(shape)(x)[0, 0].tolist() == [[0, 0, 4, 4], [0, 0, 4, 4]]
    assert LAYERS["upsample2d"](mode="bilinear").build(shape)(x)[0, 0, 0].tolist() == [0, 1, 3, 4]


def test_adaptive_pool_takes_the_mean_of_patches():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert LAYERS["adaptive_avg_pool2d"](size=2).build(Shape.image(1, 4, 4))(x)[0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]


def test_group_norm_is_layer_norm_and_instance_norm_at_its_ends():
    shape, x = Shape.image(4, 3, 3), torch.randn(2, 4, 3, 3)
    one, each = LAYERS["group_norm"](groups=1).build(shape), LAYERS["group_norm"](groups=4).build(shape)
    torch.testing.assert_close(one(x), functional.layer_norm(x, (4, 3, 3)))
    torch.testing.assert_close(each(x), LAYERS["instance_norm2d"]().build(shape)(x))
    mean, std = each(x).mean((2, 3)), each(x).std((2, 3), correction=0)
    torch.testing.assert_close(mean, torch.zeros(2, 4), atol=1e-6, rtol=0)
    torch.testing.assert_close(std, torch.ones(2, 4), atol=1e-3, rtol=0)


def test_rms_norm_by_hand():
    y = LAYERS["rms_norm"]().build(Shape.features(2))(torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(y, torch.tensor([[3.0, 4.0]]) / 12.5**0.5)


def test_noise_is_as_wide_as_said_and_only_in_training():
    module, x = LAYERS["gaussian_noise"](std=0.5).build(Shape.features(4)), torch.ones(1, 40_000)
    torch.manual_seed(0)
    assert module(x).std().item() == pytest.approx(0.5, rel=0.02)
    assert module(x).mean().item() == pytest.approx(1, abs=0.01)
    LAYERS["gaussian_noise"](std=2.0).adjust(module)
    assert module(x).std().item() == pytest.approx(2, rel=0.02)
    assert torch.equal(module.eval()(x), x)


def test_spatial_dropout_takes_whole_channels():
    module, x = LAYERS["spatial_dropout2d"](p=0.1).build(Shape.image(1, 3, 3)), torch.ones(4, 1000, 3, 3)
    LAYERS["spatial_dropout2d"](p=0.6).adjust(module)
    torch.manual_seed(0)
    sums = module(x).sum((2, 3))
    torch.testing.assert_close(sums[sums > 0], torch.full_like(sums[sums > 0], 9 / 0.4))
    assert (sums == 0).float().mean().item() == pytest.approx(0.6, abs=0.03)
    assert torch.equal(module.eval()(x), x)


def test_maxout_of_x_and_minus_x_is_its_size():
    module = LAYERS["maxout"](out_features=1, pieces=2).build(Shape.features(1))
    with torch.no_grad():
        module.linear.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        module.linear.bias.zero_()
    assert module(torch.tensor([[-3.0], [2.0]])).tolist() == [[3], [2]]
    several = LAYERS["maxout"](out_features=3, pieces=4).build(Shape.features(5))
    x = torch.randn(2, 5)
    expected = torch.stack([(several.linear(x)[:, 4 * j : 4 * j + 4]).max(1).values for j in range(3)], 1)
    torch.testing.assert_close(several(x), expected)


def test_squeeze_excitation_multiplies_channels_by_one_number_each():
    module, x = LAYERS["squeeze_excitation"](reduction=2).build(Shape.image(4, 3, 3)), torch.rand(2, 4, 3, 3) + 1
    gates = module(x) / x
    torch.testing.assert_close(gates, gates[:, :, :1, :1].expand_as(gates))
    hidden = functional.relu(module.squeeze(x.mean((2, 3))))
    torch.testing.assert_close(gates[:, :, 0, 0], torch.sigmoid(module.excite(hidden)))
    assert module.squeeze.out_features == 2


def test_stochastic_depth_leaves_out_whole_examples_and_keeps_the_mean():
    layer = LAYERS["stochastic_depth"](p=0.1, body=(LAYERS["relu"](),))
    module, x = layer.build(Shape.features(3)), torch.ones(8000, 3)
    layer.model_copy(update={"p": 0.75}).adjust(module)
    torch.manual_seed(0)
    y = module(x)
    assert set(y.unique().tolist()) == {1.0, 5.0}  # 1 + 1 / (1 - 0.75)
    assert (y == y[:, :1]).all()
    assert y.mean().item() == pytest.approx(2, abs=0.1)
    assert (module.eval()(x) == 2).all()


def test_stochastic_depth_can_be_turned_while_a_network_trains():
    spec = NetworkSpec.model_validate({"layers": [{"kind": "stochastic_depth", "body": [{"kind": "linear", "out_features": 2}]}]})
    network = build_network(spec, Shape.features(2), Shape.features(2), 0)
    block = spec.layer("stochastic_depth_1").model_copy(update={"p": 0.5})
    network.adjust(spec.replaced("stochastic_depth_1", block))
    assert network.module_of("stochastic_depth_1").p == 0.5


MISFITS = [
    ("conv2d", {"dilation": 4}, Shape.image(1, 8, 8), "Conv2d takes an image of at least 9 x 9 pixels, but its input has shape "
     "channels 1 x height 8 x width 8. The largest kernel that fits is 2."),
    ("conv1d", {"kernel_size": 7, "padding": 1}, Shape.sequence(4, 2), "Conv1d takes a sequence of at least 5 steps, but its input has "
     "shape time 4 x features 2. The largest kernel that fits is 6, with this padding and dilation."),
    ("max_pool1d", {"kernel_size": 5}, Shape.sequence(4, 2), "MaxPool 1d takes a sequence of at least 5 steps, but its input has "
     "shape time 4 x features 2. The largest kernel that fits is 4."),
    ("bottleneck", {}, Shape.features(4), "Bottleneck takes an image (channels, height, width), but its input has shape features 4. "
     "Use image data, or a Linear layer instead."),
    ("conv1d", {}, Shape.features(4), "Conv1d takes a sequence (time, features), but its input has shape features 4. "
     "Put a Reshape layer before it."),
    ("conv1d", {}, Shape.tokens(4, 9), "Conv1d takes numbers, but its input has shape time 4. These are token numbers below 9: put an "
     "Embedding layer before it."),
    ("conv_transpose2d", {"padding": 2}, Shape.image(1, 1, 1), "ConvTranspose2d takes an image of which the padding leaves something, "
     "but its input has shape channels 1 x height 1 x width 1. The largest padding that fits is 0."),
    ("group_norm", {"groups": 2}, Shape.image(3, 4, 4), "GroupNorm takes a multiple of 2 channels, but its input has shape "
     "channels 3 x height 4 x width 4. Use a number of groups that divides 3."),
    ("instance_norm2d", {}, Shape.image(3, 1, 1), "InstanceNorm 2d takes an image of more than one pixel, but its input has shape "
     "channels 3 x height 1 x width 1. Use LayerNorm."),
    ("stochastic_depth", {"body": [{"kind": "linear", "out_features": 3}]}, Shape.features(2), "Stochastic depth takes layers that keep "
     "the shape, but its input has shape features 2 and its layers end in features 3. End them with a Linear layer of 2 units."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fields", "shape", "sentence"), MISFITS)
def test_misfit_says_what_came_and_what_to_do(kind, fields, shape, sentence):
    with pytest.raises(ShapeError) as raised:
        LAYERS[kind].model_validate(fields).output_shape(shape)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(("kernel", "padding", "dilation"), [(6, 1, 1), (2, 0, 3), (2, 0, 1), (4, 1, 1)])
def test_the_largest_that_fits_does_fit(kernel, padding, dilation):
    layer = LAYERS["conv1d"](kernel_size=kernel, padding=padding, dilation=dilation)
    assert layer.build(Shape.sequence(4, 2))(torch.randn(1, 4, 2)).shape[1:] == layer.output_shape(Shape.sequence(4, 2)).sizes
