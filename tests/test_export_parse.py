"""Pasted text as a network: what is read, what is refused, and that nothing is run."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import SpecError
from explorer.experiment import Experiment, NetworkSpec
from explorer.export.parse import network_for, network_from_text
from explorer.export.source import network_source
from explorer.export.torch_names import torch_layers
from explorer.networks.build import build_network
from explorer.results.shape import Shape

FIELDS = {name for kind in torch_layers().values() for layer in kind for name in layer.fields}
ARGUMENTS = sorted(FIELDS | {"inplace", "padding_mode", "nope"})


def layers(*fields: dict) -> tuple:
    return NetworkSpec.model_validate({"layers": fields}).layers


def refusal(text: str, **options) -> str:
    with pytest.raises(SpecError, match=r"^Line \d+, column \d+: ") as caught:
        network_from_text(text, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", ["spiral", "digits_cnn", "digits_mlp", "dropout", "bumps", "curve", "tumours"])
def test_what_is_written_is_read_back_the_same(name):
    experiment = Experiment.preset(name)
    assert network_from_text(network_source(experiment), last_is_output=True).layers == experiment.networks["model"].layers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nn.Sequential(nn.Linear(2, 8), nn.Tanh())", [{"kind": "linear"}, {"kind": "tanh"}]),
        (
            "net = torch.nn.Sequential(torch.nn.Linear(in_features=2, out_features=3, bias=False))",
            [{"kind": "linear", "out_features": 3, "bias": False}],
        ),
        ("from torch.nn import *\nSequential(ReLU(inplace=True), Dropout())", [{"kind": "relu"}, {"kind": "dropout", "p": 0.5}]),
        ("nn.Sequential(nn.Sequential(nn.ReLU()), nn.Sequential(nn.Sequential(nn.Tanh())))", [{"kind": "relu"}, {"kind": "tanh"}]),
        (
            "import torch.nn as nn\nfrom collections import OrderedDict\n# a comment\n"
            "model = nn.Sequential(OrderedDict([('hidden', nn.Linear(2, 3)), ('curve', nn.Tanh())]))  # another",
            [{"kind": "linear", "out_features": 3}, {"kind": "tanh"}],
        ),
        ("    self.net: nn.Module = nn.Sequential(\n        nn.ReLU(),\n    )\n", [{"kind": "relu"}]),
        ("nn.Sequential(nn.ConvTranspose2d(3, 4, 2, stride=2))", [{"kind": "conv_transpose2d", "out_channels": 4}]),
        (
            "nn.Sequential(nn.ReLU(True), nn.Dropout(0.2, True), nn.LeakyReLU(0.3, inplace=True))",
            [{"kind": "relu"}, {"kind": "dropout", "p": 0.2}, {"kind": "leaky_relu", "negative_slope": 0.3}],
        ),
        ("nn.Sequential(nn.Conv2d(8, 8, (3, 3), groups=8))", [{"kind": "depthwise_conv2d"}]),
        (
            "nn.Sequential(nn.LeakyReLU(0.2), nn.MaxPool2d(3, stride=2))",
            [{"kind": "leaky_relu", "negative_slope": 0.2}, {"kind": "max_pool2d", "kernel_size": 3, "stride": 2}],
        ),
        (
            "nn.Sequential(nn.GroupNorm(2, 8), nn.Upsample(scale_factor=3, mode='bilinear'))",
            [{"kind": "group_norm", "groups": 2}, {"kind": "upsample2d", "factor": 3, "mode": "bilinear"}],
        ),
        (
            "nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(77, 5))",
            [{"kind": "conv2d", "out_channels": 4}, {"kind": "flatten"}, {"kind": "linear", "out_features": 5}],
        ),
    ],
)
def test_torch_text_is_read(text, expected):
    assert network_from_text(text).layers == layers(*expected)


def test_the_last_layer_becomes_the_output_only_if_asked():
    text = "nn.Sequential(nn.Linear(2, 8), nn.Linear(8, 1, bias=False))"
    assert network_from_text(text).layers[-1].kind == "linear"
    assert network_from_text(text, last_is_output=True).layers[-1] == layers({"kind": "output", "bias": False})[0]
    assert "nn.Tanh at the end; expected an nn.Linear" in refusal("nn.Sequential(nn.Tanh())", last_is_output=True)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            "nn.Sequential(\n    nn.Linear(2, 8),\n    nn.Linear(9, 1))",
            "Line 3, column 5",
            "in_features=8, for the layers before it give features 8",
        ),
        ("nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(9))", "Line 1, column 35", "num_features=8"),
        ("nn.Sequential(nn.Linear(2, 8), nn.Conv2d(1, 2, 3))", "Line 1, column 32", "Conv2d takes an image"),
        ("nn.Sequential(nn.Linaer(2, 8))", "Line 1, column 15", "did you mean nn.Linear?"),
        ("nn.Sequential(nn.Hardtanh(min_value=-1))", "Line 1, column 15", "is deprecated"),
        ("nn.Sequential(nn.LSTM(2, 8))", "Line 1, column 15", "LSTM is a layer of its own here"),
        ("nn.Sequential(nn.LazyLinear(2))", "Line 1, column 15", "one of nn.AdaptiveAvgPool2d"),
        ("    net = nn.Sequential(\n      nn.Tahn())", "Line 2, column 7", "did you mean nn.Tanh?"),
        ("nn.Sequential(nn.Linear(2))", "Line 1, column 15", "missing a required argument: 'out_features'"),
        ("nn.Sequential(nn.Linear(2, 8, units=3))", "Line 1, column 15", "found the argument units"),
        ("nn.Sequential(nn.Linear(2, 'a'))", "Line 1, column 15", "out_features"),
        ("nn.Sequential(nn.Embedding(8, 4, 3.5))", "Line 1, column 15", "arguments that torch can build"),
        ("nn.Sequential(nn.Linear(0, 2))", "Line 1, column 15", "at least 1"),
        ("nn.Sequential(nn.Linear(2, 1000000000))", "Line 1, column 15", "less than or equal to 1000000"),
        ("nn.Sequential(nn.Linear(10**9, 8))", "Line 1, column 25", "found '10**9'"),
        ("nn.Sequential(nn.Linear(1e999, 8))", "Line 1, column 25", "at most 1,000,000,000"),
        ("nn.Sequential(nn.Conv2d(3, 8, 3, padding_mode='reflect'))", "Line 1, column 15", "padding_mode='zeros'"),
        ("nn.Sequential(nn.Conv2d(3, 8, (3, 5)))", "Line 1, column 15", "kernel_size"),
        ("é = nn.Sequential(nn.ReLU(), nn.Foo())", "Line 1, column 30", "found 'nn.Foo'"),
        ("nn.Sequential()", "Line 1, column 1", "at least one layer"),
        ("nn.Sequential(nn.Linear(2, 8)", "Line 1, column 14", "never closed"),
        ("", "Line 1, column 1", "empty"),
        ("nn.Sequential(" + "nn.ReLU()," * 1500 + ")", "Line 1, column 2015", "at most 200 layers"),
        ("x" * 20_001, "Line 1, column 1", "20,001 characters"),
        ("nn.Sequential(nn.ReLU())\n" + "#" * 1_000_000, "Line 1, column 1", "1,000,025 characters"),
    ],
)
def test_mistakes_are_explained_at_their_place(text, place, words):
    said = refusal(text)
    assert said.startswith(f"{place}: ")
    assert words in said


def test_sizes_that_the_data_decide_are_noted():
    text = "nn.Sequential(\n    nn.Flatten(),\n    nn.Linear(784, 32),\n    nn.BatchNorm1d(32),\n    nn.Linear(32, 7),\n)"
    pasted = network_for(text, Shape.image(1, 8, 8), Shape.features(10))
    linear = {"kind": "linear", "out_features": 32}
    assert pasted.network.layers == layers({"kind": "flatten"}, linear, {"kind": "batch_norm1d"}, {"kind": "output"})
    assert pasted.notes == (
        "Line 3: in_features 784 is replaced by 64, which is what arrives.",
        "Line 5: out_features 7 is replaced by 10, which is what the task asks for.",
    )
    build_network(pasted.network, Shape.image(1, 8, 8), Shape.features(10), seed=0)


def test_what_fits_the_data_needs_no_note():
    pasted = network_for("nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 10))", Shape.image(1, 8, 8), Shape.features(10))
    assert pasted.notes == ()


def test_a_text_that_does_not_fit_the_data_is_kept_as_it_is():
    pasted = network_for("nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())", Shape.features(2), Shape.features(1))
    assert pasted.network.layers == layers({"kind": "conv2d", "out_channels": 4}, {"kind": "relu"})
    assert pasted.notes == ()


WORDS = [
    *("nn.", "Sequential", "Linear", "Conv2d", "ReLU", "Dropout", "OrderedDict", "x", "bias", "p", "lambda", "import os", "#", "\\"),
    *("(", ")", "[", "]", "{", "}", ",", "=", "*", "**", ".", ":", " ", "\n", "\t", "\x00", "é"),
    *("2", "-1", "8", "0.5", "1e999", "True", "None", "'same'"),
]
VALUES = st.one_of(
    *(st.integers(-3, 70), st.integers(), st.floats(), st.booleans(), st.none()), st.text(max_size=5), st.tuples(st.integers(0, 9))
)
CALLS = st.builds(
    lambda name, given, named: f"nn.{name}({', '.join([*map(repr, given), *(f'{key}={value!r}' for key, value in named.items())])})",
    st.sampled_from(sorted(torch_layers())),
    st.lists(VALUES, max_size=4),
    st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=3),
)


def is_read_or_refused(text: str) -> bool:
    """Whether it ends in a network, or in our error with its place; any other error fails the test."""
    try:
        return bool(network_for(text, Shape.image(1, 8, 8), Shape.features(10)).network.layers)
    except SpecError as error:
        return bool(re.match(r"^Line \d+, column \d+: ", str(error)))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join) | st.text(max_size=80))
def test_any_text_is_read_or_refused_with_its_place(text):
    assert is_read_or_refused(text)
    assert is_read_or_refused(f"nn.Sequential({text})")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_as_on_any_system(end):
    text = f"nn.Sequential({end}    nn.Flatten(),{end}    nn.Linear(64, 10),{end})"
    assert network_for(text, Shape.image(1, 8, 8), Shape.features(10)).network.layers
    with pytest.raises(SpecError, match=r"^Line 2, column 1: "):
        network_for(f"nn.Sequential({end}0)", Shape.image(1, 8, 8), Shape.features(10))


@settings(max_examples=200)
@given(st.lists(CALLS, min_size=1, max_size=5))
def test_any_arguments_are_read_or_refused_with_their_place(calls):
    assert is_read_or_refused(f"nn.Sequential({', '.join(calls)})")


HOSTILE = [
    '__import__("os").system("touch hit")',
    'nn.Sequential(__import__("os").system("touch hit"))',
    'nn.Sequential(nn.Linear(__import__("os").system("touch hit"), 2))',
    "exec(\"open('hit', 'w')\")",
    "nn.Sequential(lambda: 1)",
    "nn.Sequential(nn.Linear(lambda: 1, 2))",
    "nn.Sequential([nn.ReLU() for i in range(3)])",
    "nn.Sequential(*[nn.ReLU()])",
    "nn.Sequential(nn.Linear(*(2, 3)))",
    "nn.Sequential(nn.Linear(**{}))",
    'nn.Sequential(nn.GELU(f"{open(1)}"))',
    'nn.Sequential(nn.GELU(b"x"))',
    "nn.Sequential(nn.Linear((x := 3), 2))",
    "nn.Sequential(nn.Linear(1j, 2))",
    "nn.Sequential(nn.Linear(..., 2))",
    "nn.Sequential(nn.Linear(((1, 2), 3), 2))",
    "nn.Sequential.__class__()",
    "nn.Sequential(a.b.ReLU())",
    "import os\nnn.Sequential(nn.ReLU())",
    "nn.Sequential(nn.ReLU()); import os",
    "a, b = nn.Sequential(nn.ReLU())",
    "class A: pass",
    "await x",
    "nn.Sequential(OrderedDict(a=nn.ReLU()))",
    "nn.Sequential(OrderedDict([('a', nn.ReLU())], b=1))",
    "nn.Sequential(OrderedDict([(open('hit', 'w'), nn.ReLU())]))",
    "nn.Sequential(OrderedDict([('a', nn.ReLU()) for _ in range(2)]))",
    "nn.Sequential(OrderedDict([nn.ReLU()]))",
    "nn.Sequential(OrderedDict(), OrderedDict())",
    "os.net = nn.Sequential(nn.ReLU())",
    "nn.Sequential(nn.ReLU()).__class__.__bases__",
    "nn.Sequential(nn.ReLU().__init__())",
    "nn.Sequential(getattr(nn, 'ReLU')())",
    "nn.Sequential(nn.ReLU())\nimport os\nos.system('touch hit')",
    "nn.Sequential(a=nn.ReLU())",
    "nn.Sequential(nn.ReLU())\x00",
    "nn.Sequential(nn.Linear(" + "9" * 5000 + ", 2))",
    "(" * 10_000 + ")" * 10_000,
    "nn.Sequential(" * 1000 + ")" * 1000,
    "-" * 15_000 + "1",
    "1" + "+1" * 9000,
    "a" + ".a" * 9000,
    "not " * 4000 + "1",
    "lambda:" * 2800 + "1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:40])
def test_hostile_text_is_refused_with_its_place_and_not_run(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(refusal(text)) < 1000
    assert not list(tmp_path.iterdir())
