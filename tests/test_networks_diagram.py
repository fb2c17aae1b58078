"""What is drawn: columns, edges, and that everything drawn can be found in the built network."""

import pytest

from explorer.experiment import NetworkSpec
from explorer.networks.build import build_network, resolve
from explorer.networks.diagram import diagram
from explorer.results.diagram import Edge
from explorer.results.shape import Shape

OUTPUT = {"kind": "output"}
RELU = {"kind": "relu"}


def linear(units, **fields):
    return {"kind": "linear", "out_features": units, **fields}


def drawn(layers, shape, outputs=1):
    spec = resolve(NetworkSpec.model_validate({"layers": layers}), Shape.features(outputs))
    columns, edges = diagram(spec, shape)
    model = build_network(spec, shape, Shape.features(outputs), 0)
    assert sum(column.parameters for column in columns) == sum(p.numel() for p in model.parameters())
    for column in columns:
        for layer_id in (column.weight_id, column.output_id, *(badge.id for badge in column.badges)):
            assert not layer_id or model.module_of(layer_id) is not None
    return columns, edges


def test_a_perceptron():
    columns, edges = drawn([linear(20), RELU, {"kind": "dropout", "p": 0.5}, OUTPUT], Shape.features(2))
    assert [(c.id, c.units, c.shown, c.stage) for c in columns] == [("input", 2, 2, 0), ("linear_1", 20, 16, 1), ("output_1", 1, 1, 2)]
    hidden = columns[1]
    assert (hidden.activation.id, hidden.activation.kind) == ("relu_1", "relu")
    assert [badge.text for badge in hidden.badges] == ["Dropout 0.5"]
    assert (hidden.weight_id, hidden.output_id) == ("linear_1", "dropout_1")
    assert (hidden.editable, columns[2].editable) == (True, False)
    assert edges == (Edge(0, 1, "dense", exact=True), Edge(1, 2, "dense", exact=True))


def test_the_last_activation_counts_and_earlier_ones_are_badges():
    columns, _ = drawn([linear(3), {"kind": "batch_norm1d"}, RELU, {"kind": "tanh"}, OUTPUT], Shape.features(2))
    assert columns[1].activation.kind == "tanh"
    assert [badge.kind for badge in columns[1].badges] == ["batch_norm1d", "relu"]
    assert columns[1].parameters == 3 * 2 + 3 + 2 * 3


def test_a_convolutional_network():
    layers = [{"kind": "conv2d", "padding": 1}, RELU, {"kind": "max_pool2d"}, {"kind": "flatten"}, {"kind": "dropout"}, linear(4), OUTPUT]
    columns, edges = drawn(layers, Shape.image(1, 8, 8), outputs=10)
    assert [c.id for c in columns] == ["input", "conv2d_1", "max_pool2d_1", "linear_1", "output_1"]
    pool = columns[2]
    assert (pool.shape, pool.units, pool.output_id) == (Shape.image(8, 4, 4), 8, "max_pool2d_1")  # the maps, not the long vector
    assert [badge.kind for badge in pool.badges] == ["flatten", "dropout"]
    assert [(e.kind, e.exact) for e in edges] == [("conv", False), ("one_to_one", False), ("dense", False), ("dense", True)]


def test_what_changes_the_numbers_of_a_flattened_image_is_a_column_of_its_own():
    columns, _ = drawn([{"kind": "conv2d"}, {"kind": "flatten"}, RELU, OUTPUT], Shape.image(1, 8, 8))
    assert [c.id for c in columns] == ["input", "conv2d_1", "relu_1", "output_1"]


def test_a_normalised_input_is_not_drawn_as_the_input():
    columns, _ = drawn([{"kind": "layer_norm"}, OUTPUT], Shape.features(2))
    assert [c.id for c in columns] == ["input", "layer_norm_1", "output_1"]


def test_a_residual_has_a_shortcut_to_the_end_of_its_body():
    columns, edges = drawn([linear(4), {"kind": "residual", "body": [linear(4), RELU, linear(4)]}, OUTPUT], Shape.features(2))
    assert [c.id for c in columns] == ["input", "linear_1", "linear_2", "linear_3", "output_1"]
    assert Edge(1, 3, "skip", exact=False) in edges
    assert columns[3].output_id == "residual_1"  # after the sum
    assert columns[3].block == ("residual_1",)
    assert columns[4].block == ()


def test_branches_have_lanes_and_meet_in_a_column():
    layers = [linear(4), {"kind": "parallel", "branches": [[linear(3), RELU, linear(2)], [], [RELU]]}, RELU, OUTPUT]
    columns, edges = drawn(layers, Shape.features(2))
    assert [(c.id, c.lane, c.stage) for c in columns[2:]] == [
        ("linear_2", 0, 2), ("linear_3", 0, 3), ("relu_2", 2, 2), ("parallel_1", 0, 4), ("output_1", 0, 5),
    ]  # fmt: skip
    merge = columns[5]
    assert (merge.units, merge.activation.id, merge.output_id) == (2 + 4 + 4, "relu_3", "relu_3")
    assert [(e.source, e.kind) for e in edges if e.target == 5] == [(3, "merge"), (1, "merge"), (4, "merge")]


def test_repetitions_are_columns_of_their_own():
    body = [{"kind": "residual", "body": [linear(2)]}, RELU]
    columns, edges = drawn([{"kind": "repeat", "times": 3, "body": body}, OUTPUT], Shape.features(2))
    assert [c.id for c in columns] == ["input", "linear_1", "linear_1#2", "linear_1#3", "output_1"]
    assert columns[2].block == ("repeat_1", "residual_1#2")
    assert columns[2].output_id == "relu_1#2"
    assert [(e.source, e.target) for e in edges if e.kind == "skip"] == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize("count", [1, 40])
def test_a_chain_of_columns_is_joined_by_one_edge_each(count):
    columns, edges = drawn([linear(2), RELU] * count + [OUTPUT], Shape.features(2))
    assert [(e.source, e.target) for e in edges] == [(i, i + 1) for i in range(count + 1)]
    assert len(columns) == count + 2


def test_a_memory_is_a_lane_that_is_asked():
    memory = [linear(4), RELU, linear(5)]
    layers = [linear(6), {"kind": "cross_attention", "body": memory}, {"kind": "flatten"}, OUTPUT]
    columns, edges = drawn(layers, Shape.sequence(3, 2))
    assert [(c.id, c.lane, c.stage) for c in columns] == [
        ("input", 0, 0), ("linear_1", 0, 1), ("linear_2", 1, 2), ("linear_3", 1, 3), ("cross_attention_1", 0, 4), ("output_1", 0, 5),
    ]  # fmt: skip
    assert [(e.source, e.kind) for e in edges if e.target == 4] == [(1, "dense"), (3, "dense")]
    assert columns[2].block == ("cross_attention_1",)
    assert columns[4].parameters == 2 * (6 * 6 + 6) + 2 * (5 * 6 + 6)


def test_a_memory_that_is_the_input_is_read_once():
    columns, edges = drawn([{"kind": "cross_attention", "body": []}, {"kind": "flatten"}, OUTPUT], Shape.sequence(3, 2))
    assert [(e.source, e.target) for e in edges] == [(0, 1), (1, 2)]
    assert len(columns) == 3


@pytest.mark.parametrize(("layer", "shape"), [({"kind": "permute"}, Shape.sequence(4, 4)), ({"kind": "reshape"}, Shape.features(6))])
def test_what_gives_the_units_another_meaning_is_a_column_of_its_own(layer, shape):
    columns, edges = drawn([linear(4), layer, RELU, {"kind": "flatten"}, OUTPUT], shape)
    assert [c.id for c in columns] == ["input", "linear_1", f"{layer['kind']}_1", "output_1"]
    assert columns[2].output_id == "relu_1"
    assert edges[1].kind == "dense"  # a new unit takes from all the old ones


def test_channels_stay_the_units_of_pixels_in_a_row():
    _, edges = drawn([{"kind": "conv2d"}, {"kind": "pixels_to_sequence"}, {"kind": "mean_over_time"}, OUTPUT], Shape.image(1, 5, 5))
    assert [edge.kind for edge in edges] == ["conv", "one_to_one", "one_to_one", "dense"]
