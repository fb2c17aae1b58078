"""One-click fixes: what is offered for clashes made on purpose, and that whatever is offered helps."""

import re
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError, ShapeError
from explorer.experiment import LAYERS, NetworkSpec
from explorer.experiment.network import shapes_through
from explorer.networks.build import build_network, require_output, resolve
from explorer.networks.fixes import FIXES, fixes_for
from explorer.networks.limits import check_network
from explorer.results.shape import Shape

FEATURES, IMAGE, SEQUENCE, TOKENS = Shape.features, Shape.image, Shape.sequence, Shape.tokens
DIGIT = IMAGE(1, 8, 8)
BATCH = 32


def row(text):
    """ "conv2d kernel_size=3, relu" -> [{"kind": "conv2d", "kernel_size": 3}, {"kind": "relu"}]."""
    return [one_layer(*part.split()) for part in text.split(",")]


def one_layer(kind, *settings):
    pairs = (setting.split("=") for setting in settings)
    return {"kind": kind, **{name: int(number) if number.isdigit() else number == "True" for name, number in pairs}}


def block(kind, *bodies, **fields):
    held = {"branches": [row(body) for body in bodies]} if kind == "parallel" else {"body": row(bodies[0])}
    return {"kind": kind, **held, **fields}


def network(layers):
    """Layers in words, with blocks between them."""
    return NetworkSpec.model_validate({"layers": [layer for part in layers for layer in (row(part) if isinstance(part, str) else [part])]})


CLASHES = [  # (layers, input, wanted, the fix offered first, its title)
    # images where something else is wanted
    (["conv2d, relu, linear, output"], DIGIT, FEATURES(10), "insert_flatten", "Insert Flatten before it"),
    (["conv2d, batch_norm1d, flatten, output"], DIGIT, FEATURES(3), "swap", "Replace it by BatchNorm 2d"),
    (["linear, relu, conv2d, flatten, output"], DIGIT, FEATURES(3), "swap", "Replace it by Conv2d"),
    (["conv1d, relu, global_avg_pool2d, output"], DIGIT, FEATURES(2), "swap", "Replace it by Conv2d"),
    (["lstm, last_step, output"], DIGIT, FEATURES(10), "insert_reshape", "Insert Reshape to time 8 x features 8 before it"),
    (["lstm, last_step, output"], IMAGE(3, 8, 8), FEATURES(10), "insert_pixels_to_sequence", "Insert Pixels to sequence before it"),
    (["conv2d, embedding, flatten, output"], DIGIT, FEATURES(2), "remove", "Remove it"),
    # features where something else is wanted
    (
        ["conv2d, relu, flatten, output"],
        FEATURES(64),
        FEATURES(10),
        "insert_reshape",
        "Insert Reshape to channels 1 x height 8 x width 8 before it",
    ),
    (["conv2d, relu, output"], FEATURES(2), FEATURES(1), "swap", "Replace it by Linear"),
    (["linear, batch_norm2d, output"], FEATURES(4), FEATURES(3), "swap", "Replace it by BatchNorm 1d"),
    (["linear, spatial_dropout2d, output"], FEATURES(4), FEATURES(3), "swap", "Replace it by Dropout"),
    (["linear, max_pool2d, output"], FEATURES(4), FEATURES(3), "remove", "Remove it"),
    (["embedding, relu, output"], FEATURES(4), FEATURES(2), "swap", "Replace it by Linear"),
    (["gru, last_step, output"], FEATURES(12), FEATURES(2), "insert_reshape", "Insert Reshape to time 12 x features 1 before it"),
    (["conv2d padding=1, flatten, conv2d, flatten, output"], DIGIT, FEATURES(2), "remove", "Remove layer 2 (Flatten)"),
    (["linear, upsample2d, output"], FEATURES(64), FEATURES(2), "remove", "Remove it"),
    # sequences where something else is wanted
    (["conv2d, relu, mean_over_time, output"], SEQUENCE(20, 3), FEATURES(2), "swap", "Replace it by Conv1d"),
    (["conv1d, max_pool2d, mean_over_time, output"], SEQUENCE(20, 3), FEATURES(2), "swap", "Replace it by MaxPool 1d"),
    (["conv1d, batch_norm1d, mean_over_time, output"], SEQUENCE(20, 3), FEATURES(3), "swap", "Replace it by LayerNorm"),
    (["conv1d, global_avg_pool2d, output"], SEQUENCE(20, 3), FEATURES(3), "swap", "Replace it by Mean over time"),
    (["conv1d kernel_size=9, mean_over_time, output"], SEQUENCE(3, 100), FEATURES(2), "insert_permute", "Insert Permute before it"),
    (["lstm, last_step, mean_over_time, output"], SEQUENCE(8, 3), FEATURES(2), "remove", "Remove it"),
    # tokens
    (["lstm, last_step, output"], TOKENS(12, 20), FEATURES(2), "insert_embedding", "Insert Embedding before it"),
    (["linear, relu, output"], TOKENS(12, 20), FEATURES(2), "insert_embedding", "Insert Embedding and Mean over time before it"),
    ([block("repeat", "linear, tanh"), "output"], TOKENS(6, 9), SEQUENCE(6, 9), "insert_embedding", "Insert Embedding before the Repeat"),
    ([block("residual", "transformer_block"), "output"], TOKENS(6, 9), SEQUENCE(6, 9), "insert_embedding", "Insert Embedding before it"),
    (["conv2d, global_avg_pool2d, output"], TOKENS(12, 20), FEATURES(2), "insert_embedding", None),
    # settings
    (["conv2d kernel_size=5, max_pool2d, conv2d, flatten, output"], DIGIT, FEATURES(2), "set_field", "Set kernel size to 2"),
    (["conv1d kernel_size=9, mean_over_time, output"], SEQUENCE(5, 2), FEATURES(2), "set_field", "Set kernel size to 5"),
    (["self_attention heads=3, mean_over_time, output"], SEQUENCE(10, 8), FEATURES(2), "set_field", "Set heads to 2"),
    (["conv2d, group_norm groups=3, flatten, output"], DIGIT, FEATURES(2), "set_field", "Set groups to 2"),
    (["reshape units=5, lstm, last_step, output"], FEATURES(12), FEATURES(2), "set_field", "Set units to 4"),
    (["max_pool2d kernel_size=8, max_pool2d, flatten, output"], DIGIT, FEATURES(2), "remove", "Remove it"),
    # blocks
    (
        ["linear", block("residual", "linear out_features=16, relu"), "output"],
        FEATURES(2),
        FEATURES(1),
        "units_inside",
        "Set out features of Linear to 8",
    ),
    (["conv2d", block("residual", "conv2d, relu"), "flatten, output"], DIGIT, FEATURES(2), "keep_size", "Set padding to 1"),
    (
        ["conv2d", block("residual", "conv2d out_channels=4 stride=2, relu"), "flatten, output"],
        DIGIT,
        FEATURES(2),
        "keep_size",
        "Set stride to 1, padding to 1, out channels of Conv2d to 8",
    ),
    (["conv2d", block("residual", "max_pool2d"), "flatten, output"], DIGIT, FEATURES(2), "unwrap", "Take the Residual apart"),
    (
        ["conv2d", block("residual", "depthwise_conv2d multiplier=2 padding=1"), "flatten, output"],
        DIGIT,
        FEATURES(2),
        "end_body",
        "End with Conv2d of 8 filters",
    ),
    (
        ["conv2d", block("residual", "linear"), "flatten, output"],
        DIGIT,
        FEATURES(2),
        "insert_global_pool",
        "Insert Global AvgPool 2d before the Residual",
    ),
    ([block("repeat", "linear, relu", times=3), "output"], FEATURES(2), FEATURES(1), "insert_units", "Insert Linear of 8 units before it"),
    (
        [block("parallel", "linear out_features=4", "linear out_features=6", merge="add"), "output"],
        FEATURES(2),
        FEATURES(1),
        "units_inside",
        "Set out features of Linear to 4 in branch 2",
    ),
    (
        [block("parallel", "conv2d", "conv2d kernel_size=1"), "flatten, output"],
        DIGIT,
        FEATURES(2),
        "keep_size",
        "Set padding to 1 in branch 1",
    ),
    ([block("parallel", "linear", "conv2d"), "output"], FEATURES(2), FEATURES(1), "swap", "Replace it by Linear"),
    # ends
    ([], FEATURES(2), FEATURES(1), "end_with_output", "Add Output at the end"),
    ([], TOKENS(8, 20), FEATURES(2), "end_with_output", "Add Embedding, Mean over time and Output at the end"),
    (["relu"], FEATURES(3), FEATURES(3), "end_with_output", "Add Output at the end"),
    (["batch_norm1d", "relu"], FEATURES(3), FEATURES(4), "end_with_output", "Add Output at the end"),
    (["linear, relu"], FEATURES(2), FEATURES(3), "end_with_output", "Add Output at the end"),
    (["linear"], FEATURES(2), FEATURES(3), "set_units", "Set out features to 3"),
    (["output out_features=7"], FEATURES(2), FEATURES(3), "set_units", "Let Output take its number of outputs from the task"),
    (["conv2d, relu"], DIGIT, FEATURES(10), "end_with_output", "Add Flatten and Output at the end"),
    (["conv2d out_channels=10, relu"], DIGIT, FEATURES(10), "insert_global_pool", "Add Global AvgPool 2d at the end"),
    (["lstm, output"], SEQUENCE(20, 3), FEATURES(3), "insert_summary", "Insert Last step before Output"),
    (["lstm bidirectional=True, output"], SEQUENCE(20, 3), FEATURES(3), "insert_summary", "Insert Mean over time before Output"),
    (["lstm"], SEQUENCE(20, 3), FEATURES(3), "end_with_output", "Add Last step and Output at the end"),
    (["lstm, last_step, output"], SEQUENCE(12, 3), SEQUENCE(12, 4), "remove", "Remove layer 2 (Last step)"),
    (["linear out_features=12"], SEQUENCE(3, 4), SEQUENCE(12, 3), "insert_permute", "Add Permute at the end"),
    (["lstm, last_step"], SEQUENCE(12, 3), SEQUENCE(4, 3), "end_with_reshape", "Add Linear and Reshape at the end"),
    (["flatten, linear, relu"], DIGIT, DIGIT, "end_with_reshape", "Add Linear and Reshape at the end"),
    (["flatten, linear out_features=64"], DIGIT, DIGIT, "insert_reshape", "Add Reshape to channels 1 x height 8 x width 8 at the end"),
    (["conv2d padding=1, relu"], DIGIT, DIGIT, "end_with_conv", "Add Conv2d at the end"),
    (["conv2d padding=1, max_pool2d"], DIGIT, DIGIT, "end_with_conv", "Add ConvTranspose2d at the end"),
    (["conv2d out_channels=1 padding=3"], DIGIT, DIGIT, "insert_adaptive_pool", "Add Adaptive AvgPool 2d at the end"),
]
TOO_LARGE = [  # (layers, input, the fix offered first, how its title begins); all shapes fit
    (["linear out_features=1000, relu, linear out_features=50000, output"], FEATURES(4), "shrink", "Set out features to "),
    (["linear out_features=1000000, relu, linear out_features=1000000, output"], FEATURES(4), "shrink_all", "Give no layer more than "),
    (["conv2d, upsample2d factor=16, upsample2d factor=16, global_avg_pool2d, output"], DIGIT, "shrink", "Set factor to "),
    (
        [block("repeat", "linear out_features=4, relu, dropout", times=100), "output"],
        FEATURES(4),
        "shrink",
        "Repeat 50 times instead of 100",
    ),
]


def clash(spec, given, wanted, batch_size=BATCH):
    try:
        check_network(spec, given, wanted, batch_size)
    except ExplorerError as error:
        return error
    return None


def example(shape):
    return torch.randint(shape.vocabulary, (3, *shape.sizes)) if shape.vocabulary else torch.randn(3, *shape.sizes)


def runs(spec, given, wanted):
    model = build_network(spec, given, wanted, seed=0)
    return tuple(model(example(given)).shape) == (3, *wanted.sizes)


@pytest.mark.parametrize(("layers", "given", "wanted", "kind", "title"), CLASHES)
def test_the_first_fix_offered_is_the_one_expected_and_mends_the_network(layers, given, wanted, kind, title):
    spec = network(layers)
    error = clash(spec, given, wanted)
    assert error is not None
    first, *others = fixes_for(spec, given, wanted, getattr(error, "layer", ""), BATCH)
    assert (first.kind, first.title) == (kind, title or first.title)
    assert all(runs(proposal.spec, given, wanted) for proposal in (first, *others))


@pytest.mark.parametrize(("layers", "given", "kind", "title"), TOO_LARGE)
def test_a_network_that_is_too_large_is_offered_a_size_that_fits(layers, given, kind, title):
    spec = network(layers)
    proposals = fixes_for(spec, given, FEATURES(3), clash(spec, given, FEATURES(3)).layer, BATCH)
    assert proposals[0].kind == kind
    assert proposals[0].title.startswith(title)
    assert not any(clash(proposal.spec, given, FEATURES(3)) for proposal in proposals)


@pytest.mark.parametrize("layers", [TOO_LARGE[0][0], ["linear out_features=200000, output"], ["linear out_features=999000, relu, output"]])
def test_the_button_sets_the_number_that_the_sentence_says_would_fit(layers):
    spec = network(layers)
    error = clash(spec, FEATURES(4), FEATURES(3))
    fits = str(error).removesuffix(" units would fit.").rpartition(" ")[2]
    assert fits in str(error)
    assert fixes_for(spec, FEATURES(4), FEATURES(3), error.layer, BATCH)[0].title == f"Set out features to {fits}"


@pytest.mark.parametrize(("layers", "given", "kind", "title"), TOO_LARGE[1:3])
def test_the_size_offered_is_the_largest_power_of_two_that_fits(layers, given, kind, title):
    spec = network(layers)
    offered = fixes_for(spec, given, FEATURES(3), clash(spec, given, FEATURES(3)).layer, BATCH)[0].spec
    for layer, before in zip(offered.walk(), spec.walk(), strict=True):
        if layer != before:
            field = layer.unit_field or "factor"
            offered = offered.replaced(layer.id, layer.model_copy(update={field: 2 * getattr(layer, field)}))
    assert clash(offered, given, FEATURES(3)) is not None


def test_a_pooling_layer_before_flatten_can_take_the_weights_away():
    spec, given = network(["conv2d, flatten, linear out_features=512, output"]), IMAGE(3, 128, 128)
    proposals = fixes_for(spec, given, FEATURES(3), clash(spec, given, FEATURES(3)).layer, BATCH)
    assert [proposal.title for proposal in proposals][:2] == ["Set out features to 150", "Insert Adaptive AvgPool 2d before Flatten"]


def test_a_batch_too_small_for_batch_normalisation_is_offered_another_normalisation():
    spec, given, wanted = network(["linear, batch_norm1d, output"]), FEATURES(4), FEATURES(3)
    assert clash(spec, given, wanted, 1)
    first = fixes_for(spec, given, wanted, "batch_norm1d_1", batch_size=1)[0]
    assert first.title == "Replace it by LayerNorm"
    assert clash(first.spec, given, wanted, 1) is None


def test_every_fix_is_the_first_choice_somewhere():
    assert {kind for *_, kind, _ in (*CLASHES, *TOO_LARGE)} == set(FIXES)


def test_a_network_that_can_be_trained_is_left_alone():
    assert fixes_for(network(["linear, relu, output"]), FEATURES(2), FEATURES(1)) == ()
    assert fixes_for(network(["linear, relu, output"]), FEATURES(2), FEATURES(1), "linear_1") == ()
    assert fixes_for(network(["batch_norm1d, relu"]), FEATURES(3), FEATURES(3)) == ()  # it learns, if only a little


def test_a_half_built_network_is_mended_as_far_as_it_goes():
    """Nothing mends it all, since the end is still missing: the fixes get past the clash."""
    spec, given, wanted = network(["conv2d, relu, linear"]), DIGIT, FEATURES(10)
    titles = [proposal.title for proposal in fixes_for(spec, given, wanted, "linear_1")]
    assert titles[:2] == ["Insert Flatten before it", "Insert Global AvgPool 2d before it"]


def test_a_fix_after_which_there_would_be_too_many_weights_does_not_count_as_mending():
    spec, given, wanted = network(["conv2d out_channels=64, linear out_features=4096, output"]), IMAGE(3, 64, 64), FEATURES(10)
    proposals = fixes_for(spec, given, wanted, "linear_1", BATCH)
    assert proposals[0].title == "Insert Global AvgPool 2d before it"
    assert not any(clash(proposal.spec, given, wanted) for proposal in proposals)


def test_two_clashes_are_mended_by_two_clicks():
    spec, given, wanted = network(["conv2d, linear, batch_norm2d, lstm"]), DIGIT, FEATURES(3)
    clicks = 0
    while clash(spec, given, wanted) and clicks < 6:
        spec, clicks = fixes_for(spec, given, wanted)[0].spec, clicks + 1
    assert 1 < clicks < 6
    assert runs(spec, given, wanted)


def test_the_fixed_network_keeps_the_settings_that_still_mean_something():
    spec = network(["conv2d out_channels=5 kernel_size=4 stride=2, mean_over_time, output"])
    swapped = fixes_for(spec, SEQUENCE(20, 3), FEATURES(2))[0].spec.layers[0]
    assert (swapped.kind, swapped.out_channels, swapped.kernel_size, swapped.stride) == ("conv1d", 5, 4, 2)


def test_the_example_of_the_documentation_is_offered():
    list(FIXES)  # everything else is registered first
    page = Path(__file__).parent.parent / "docs" / "add-a-fix.md"
    spec, given, wanted = network(["lstm, output"]), SEQUENCE(20, 3), FEATURES(3)
    try:
        exec(compile(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)[0], str(page), "exec"), {"__name__": "page"})
        assert "Insert Max over time before Output" in [proposal.title for proposal in fixes_for(spec, given, wanted)]
    finally:
        FIXES._classes.pop("insert_max", None)


@pytest.mark.parametrize("layers", [["lstm, output"], ["conv2d, output"], [block("repeat", "output", times=1)]])
def test_the_output_layer_still_takes_its_width_from_the_task(layers):
    for shape in (SEQUENCE(20, 3), DIGIT):
        for proposal in fixes_for(network(layers), shape, FEATURES(3)):
            assert {layer.out_features for layer in proposal.spec.walk() if layer.kind == "output"} == {0}


def test_a_layer_that_is_gone_is_not_asked_for():
    spec = network(["linear out_features=1000, relu, linear out_features=50000, output"])
    assert fixes_for(spec, FEATURES(4), FEATURES(3), "gone")[0].kind == "shrink_all"


INPUTS = (FEATURES(4), IMAGE(2, 7, 6), DIGIT, SEQUENCE(3, 4), TOKENS(5, 7))
WANTED = (FEATURES(3), FEATURES(3), SEQUENCE(5, 7), DIGIT)
WRAPPERS = (
    lambda body: {"kind": "residual", "body": body},
    lambda body: {"kind": "repeat", "times": 2, "body": body},
    lambda body: {"kind": "parallel", "branches": [body, []]},
    lambda body: {"kind": "parallel", "merge": "add", "branches": [body, [{"kind": "linear"}]]},
)

plain = st.sampled_from(sorted(LAYERS)).map(lambda kind: {"kind": kind})
rows = st.lists(plain, min_size=1, max_size=3)
blocks = st.builds(lambda wrap, body: wrap(body), st.sampled_from(WRAPPERS), rows)
stacks = st.lists(st.one_of(plain, plain, blocks), max_size=5)


def yet_to_fit(spec, given, wanted):
    """How many steps of the walk through a network are not known to fit: blocks are entered, walked through and left."""
    layers = resolve(spec, wanted).layers
    try:
        return int(shapes_through(layers, given)[-1] != wanted or not layers)
    except ShapeError as error:
        order = [step for layer in layers for step in _steps(layer)]
        first = [at for at, (layer_id, _) in enumerate(order) if layer_id == error.layer]
        entered = len(first) > 1 and _bodies_fit(spec, given, wanted, error.layer)
        return 1 + len(order) - first[-1 if entered else 0]


def _steps(layer):
    inside = [step for body in layer.bodies() for one in body for step in _steps(one)]
    return [(layer.id, "in"), *inside, (layer.id, "out")] if layer.bodies() else [(layer.id, "out")]


def _bodies_fit(spec, given, wanted, layer_id):
    """Whether each body of the block, put in its place, runs to its own end."""
    bodies = spec.layer(layer_id).bodies()
    try:
        for body in bodies:
            shapes_through(resolve(spec.replaced(layer_id, *body), wanted).layers, given)
    except ShapeError as error:
        return error.layer not in {layer.id for body in bodies for one in body for layer in NetworkSpec(layers=(one,)).walk()}
    return True


@settings(max_examples=150, derandomize=True)
@given(stacks, st.sampled_from(INPUTS), st.sampled_from(WANTED))
def test_whatever_is_offered_gets_further_and_keeps_all_that_stays(layers, shape, wanted):
    spec = NetworkSpec.model_validate({"layers": layers})
    before, kinds = yet_to_fit(spec, shape, wanted), {layer.id: layer.kind for layer in spec.walk()}
    proposals = fixes_for(spec, shape, wanted)
    assert len(proposals) <= 4
    assert len({proposal.spec for proposal in proposals}) == len(proposals)
    for proposal in proposals:
        after = yet_to_fit(proposal.spec, shape, wanted)
        assert after < max(before, 1) or not before  # shapes fit but nothing learns: then the end changes
        assert all(kinds.get(layer.id, layer.kind) == layer.kind for layer in proposal.spec.walk())
        assert proposal.title[0].isupper()
        if after == 0:
            require_output(resolve(proposal.spec, wanted), shape, wanted)
            assert runs(proposal.spec, shape, wanted)


def test_too_many_layers_with_a_clash_among_them_are_mended_by_what_mends_both():
    spec = network([block("repeat", "conv2d out_channels=8 padding=1, relu", times=100), "flatten, output"])
    offered = fixes_for(spec, DIGIT, FEATURES(10))
    assert offered
    for one in offered:
        check_network(one.spec, DIGIT, FEATURES(10), BATCH)
