"""The code under the glass gives the number that the layer gave."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_gan import ring
from test_inspections_contract import STAMPED, run_of, small

from explorer.errors import SpecError
from explorer.experiment import LAYERS, NetworkSpec, preset, presets
from explorer.inspections import INSPECTIONS
from explorer.inspections.glass import Glass
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

KINDS = [kind for kind in INSPECTIONS if issubclass(INSPECTIONS[kind], Glass)]


def look(kind: str, training: Training, **fields: object) -> Inspected:
    return INSPECTIONS[kind](**fields).look(training)


def computed(found: Inspected) -> float:
    """What the code gives that is shown."""
    names = {"np": np, **found.arrays}
    exec(found.facts["code"], names)
    return float(names["y"])


def agrees(found: Inspected) -> None:
    value = found.facts["value"]
    assert computed(found) == pytest.approx(value, rel=1e-5, abs=1e-5)
    assert np.asarray(found.arrays["output"])[tuple(found.facts["at"])] == pytest.approx(value)


def trained(data: str, *layers: object) -> Training:
    """A network on the data of a preset, after three steps, so that running means have moved."""
    experiment = small(preset(data).experiment)
    training = train(experiment.model_copy(update={"networks": {"model": NetworkSpec(layers=layers)}}))
    training.advance(steps=3)
    return training


def layer(kind: str, **fields: object) -> object:
    return LAYERS[kind](**fields)


PICTURES = {
    "glass_convolution": [
        layer("conv2d", out_channels=5, kernel_size=3, stride=2, padding=2, dilation=2),
        layer("conv2d", kernel_size=2, bias=False),
        layer("depthwise_conv2d", multiplier=2, kernel_size=3, padding=1),
        layer("bottleneck", out_channels=8),
    ],
    "glass_transposed_convolution": [
        layer("conv_transpose2d", out_channels=5, kernel_size=3, stride=2, padding=1),
        layer("conv_transpose2d", kernel_size=2, stride=3, bias=False),
        layer("conv_transpose2d", kernel_size=5, stride=1, padding=2),
        layer("conv_transpose2d", kernel_size=5, stride=2),
    ],
    "glass_pooling": [
        layer("max_pool2d", kernel_size=3, stride=2),
        layer("avg_pool2d", kernel_size=2),
        layer("adaptive_avg_pool2d", size=3),
        layer("global_avg_pool2d"),
        layer("global_max_pool2d"),
    ],
    "glass_normalisation": [
        layer("batch_norm2d"),
        layer("layer_norm"),
        layer("rms_norm"),
        layer("group_norm", groups=2),
        layer("instance_norm2d"),
    ],
    "glass_softmax": [layer("softmax")],
}
SERIES = {
    "glass_convolution": [
        layer("conv1d", out_channels=4, kernel_size=3, stride=2, padding=2, dilation=2),
        layer("conv1d", kernel_size=4, dilation=3, causal=True),
    ],
    "glass_pooling": [layer("max_pool1d", kernel_size=3, stride=2), layer("avg_pool1d"), layer("max_over_time"), layer("mean_over_time")],
    "glass_normalisation": [layer("layer_norm"), layer("rms_norm")],
    "glass_lstm": [layer(kind, hidden_size=3, bidirectional=both) for kind in ("lstm", "gru", "rnn") for both in (False, True)]
    + [layer("rnn", nonlinearity="relu")],
    "glass_attention": [layer("self_attention", heads=2, causal=True), layer("cross_attention", heads=4), layer("transformer_decoder")],
    "glass_linear": [layer("linear"), layer("maxout"), layer("transformer_block", heads=2)],
    "glass_softmax": [layer("softmax")],
}
FLAT = {
    "glass_normalisation": [layer("batch_norm1d"), layer("layer_norm"), layer("rms_norm"), layer("group_norm", groups=2)],
    "glass_linear": [layer("linear", bias=False)],
    "glass_softmax": [layer("softmax")],
}


def cases(of: dict[str, list]) -> list:
    return [pytest.param(kind, one, id=f"{kind}-{number}-{one.kind}") for kind, layers in of.items() for number, one in enumerate(layers)]


def opens_every_corner(kind: str, training: Training) -> None:
    """Every place of the kind; of each the largest number, the first and the last."""
    for name in INSPECTIONS[kind].choices(training)["layer"]:
        if name == "answer":
            continue
        found = look(kind, training, layer=name, example=1, unit=0)
        agrees(found)
        shape = np.asarray(found.arrays["output"]).shape
        last = dict(zip(("row", "column"), (size - 1 for size in shape), strict=False))
        agrees(look(kind, training, layer=name, example=2, unit=1, **last))
        agrees(look(kind, training, layer=name, example=0, unit=1, **dict.fromkeys(last, 0)))


@pytest.mark.parametrize(("kind", "one"), cases(PICTURES))
def test_pictures(kind, one):
    training = trained("digits_cnn", layer("conv2d", out_channels=4, kernel_size=3), one, layer("flatten"), layer("output"))
    opens_every_corner(kind, training)


@pytest.mark.parametrize(("kind", "one"), cases(SERIES))
def test_series(kind, one):
    training = trained("build_09_gru", layer("conv1d", out_channels=4, kernel_size=3), one, layer("flatten"), layer("output"))
    opens_every_corner(kind, training)


@pytest.mark.parametrize(("kind", "one"), cases(FLAT))
def test_vectors(kind, one):
    opens_every_corner(kind, trained("three_arms", layer("linear", out_features=4), one, layer("tanh"), layer("output")))


@pytest.mark.parametrize("name", ["spiral", "digits_cnn", "build_12_tiny_decoder", "build_10_bilstm_tagger"])
def test_the_answer_is_what_the_task_predicts(name):
    training = run_of(name) if name != "build_10_bilstm_tagger" else train(small(preset(name).experiment))
    p = training.experiment.task.predict(training.state, training.state.x_test[3:4])[0].cpu().numpy()
    for unit in (0, 1):
        found = look("glass_softmax", training, layer="answer", example=3, unit=unit)
        agrees(found)
        np.testing.assert_allclose(found.arrays["shares"], p[tuple(found.facts["at"])], atol=1e-6)


def test_the_largest_number_is_looked_at_unless_a_place_is_named():
    training = run_of("digits_cnn")
    found = look("glass_convolution", training, layer="conv2d_1", unit=2)
    output = found.arrays["output"]
    assert found.facts["value"] == output.max()
    along = look("glass_convolution", training, layer="conv2d_1", unit=2, row=4)
    assert along.facts["at"] == [4, int(output[4].argmax())]


def test_the_patch_lies_in_the_input_where_it_is_said_to():
    found = look("glass_convolution", run_of("digits_cnn"), layer="conv2d_2", row=3, column=2)
    top, left = found.facts["top"], found.facts["left"]
    high, wide = found.arrays["patch"].shape[1:]
    assert np.array_equal(found.arrays["patch"], found.arrays["input"][:, top : top + high, left : left + wide])
    assert "rows 2 to 4, columns 1 to 3" in found.facts["words"]


def test_a_corner_says_what_lies_in_the_padding():
    found = look("glass_convolution", run_of("digits_cnn"), layer="conv2d_1", row=0, column=0)
    assert found.facts["top"] == found.facts["left"] == -1
    assert "5 places of the 9 under the filter lie outside" in found.facts["words"]


def test_hidden_steps_get_no_weight():
    found = look("glass_attention", run_of("build_12_tiny_decoder"), row=3)
    assert found.arrays["weights"][4:].tolist() == [0.0] * (len(found.arrays["weights"]) - 4)
    assert found.arrays["weights"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("glass_convolution", {"unit": 8}, "has no unit 8: it has 8"),
        ("glass_convolution", {"row": 99}, "no row 99"),
        ("glass_convolution", {"layer": "linear_1"}, "There is no convolution named"),
        ("glass_linear", {"example": 10**6}, "no test example"),
    ],
)
def test_what_is_not_there_is_said(kind, fields, words):
    with pytest.raises(SpecError, match=words):
        look(kind, run_of("digits_cnn"), **fields)


def test_there_is_no_such_head():
    with pytest.raises(SpecError, match="has no head 64"):
        look("glass_attention", run_of("build_12_tiny_decoder"), head=64)


@pytest.mark.parametrize("kind", KINDS)
def test_words_formula_and_code_speak_of_the_number(kind):
    training = next(
        run_of(name)
        for name in ("digits_cnn", "build_08_lstm", "build_12_tiny_decoder", STAMPED)
        if not INSPECTIONS[kind].reason_not(run_of(name))
    )
    found = look(kind, training)
    assert f"{found.facts['value']:.3g}" in found.facts["words"] or f"{100 * found.facts['value']:.0f} %" in found.facts["words"]
    assert found.facts["formula"].count("{") == found.facts["formula"].count("}")
    assert found.facts["code"].splitlines()[-1].startswith("y = ")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*presets(), "gan"])
def test_every_preset_agrees_and_is_drawn(name):
    training = train(ring() if name == "gan" else small(preset(name).experiment))
    for kind in KINDS:
        if not INSPECTIONS[kind].reason_not(training):
            for place in INSPECTIONS[kind].choices(training)["layer"][:12]:
                found = look(kind, training, layer=place)
                agrees(found)
                assert figures(found)


def test_grouped_kernels_see_their_own_channels():
    training = trained(
        "digits_cnn", layer("conv2d", out_channels=3), layer("depthwise_conv2d", multiplier=2), layer("flatten"), layer("output")
    )
    found = look("glass_convolution", training, layer="depthwise_conv2d_1", unit=5)
    assert found.facts["channels"] == [2, 3]
    assert np.array_equal(found.arrays["kernel"], training.module_of("model", "depthwise_conv2d_1").weight[5].detach())


@pytest.mark.parametrize(("kernel_size", "stride", "padding"), [(3, 2, 1), (2, 3, 0), (4, 2, 0), (1, 1, 0)])
def test_every_number_of_a_transposed_convolution_is_that_of_torch(kernel_size, stride, padding):
    one = layer("conv_transpose2d", out_channels=2, kernel_size=kernel_size, stride=stride, padding=padding)
    training = trained("digits_cnn", layer("conv2d", out_channels=3, kernel_size=3), one, layer("flatten"), layer("output"))
    conv = training.module_of("model", "conv_transpose2d_1").conv
    for row, column in ((0, 0), (1, 2), (2, 1), (5, 4)):
        found = look("glass_transposed_convolution", training, unit=1, row=row, column=column)
        agrees(found)
        x = torch.from_numpy(found.arrays["input"])[None].requires_grad_()
        with torch.enable_grad():
            number = conv(x)[0, 1, row, column]
        assert found.facts["value"] == pytest.approx(number.item(), abs=1e-5)
        reached = torch.autograd.grad(number, x)[0][0] != 0
        assert int(reached.any(0).sum()) == found.arrays["patch"][0].size


def test_a_place_that_no_pattern_reaches_is_the_bias():
    one = layer("conv_transpose2d", out_channels=2, kernel_size=2, stride=3)
    training = trained("digits_cnn", one, layer("flatten"), layer("output"))
    found = look("glass_transposed_convolution", training, row=2, column=5)
    agrees(found)
    assert found.facts["value"] == training.module_of("model", "conv_transpose2d_1").bias[0].item()
    assert "no input reaches this place" in found.facts["words"]
    assert "bias" in found.facts["words"]
    assert figures(found) == {}
