"""What a click in the diagram makes of an experiment."""

from __future__ import annotations

import pytest

from explorer.errors import ExplorerError, SpecError
from explorer.experiment import DATASETS, TASKS, Experiment
from explorer.ui.apply import admit, columns_of, dataset_of
from explorer.ui.edits import apply_edit, with_data

DENSE = [
    {"kind": "linear", "out_features": 6, "id": "first"},
    {"kind": "tanh", "id": "curve"},
    {"kind": "dropout", "id": "drop"},
    {"kind": "linear", "out_features": 3, "id": "second"},
    {"kind": "relu", "id": "bend"},
    {"kind": "output", "id": "out"},
]
CNN = [
    {"kind": "conv2d", "out_channels": 4, "padding": 1, "id": "filters"},
    {"kind": "relu", "id": "bend"},
    {"kind": "max_pool2d", "id": "pool"},
    {"kind": "flatten", "id": "flat"},
    {"kind": "output", "id": "out"},
]


def experiment(layers=DENSE, data=None) -> Experiment:
    return Experiment.from_fields(
        {
            "schema_version": 1,
            "data": data or {"kind": "circle", "size": 40},
            "task": {"kind": "classification"},
            "networks": {"model": {"layers": layers}},
        }
    )


def edited(before: Experiment, **edit) -> Experiment:
    return apply_edit(before, edit, columns_of(before), admit)


def kinds(one: Experiment) -> list[str]:
    return [layer.kind for layer in one.networks["model"].layers]


def ids(one: Experiment) -> list[str]:
    return [layer.id for layer in one.networks["model"].layers]


def test_the_columns_are_the_input_and_the_layers_with_weights():
    assert columns_of(experiment()) == (("model", "input"), ("model", "first"), ("model", "second"), ("model", "out"))


def test_a_new_layer_is_a_copy_of_the_column_it_follows_without_its_dropout():
    after = edited(experiment(), action="add_layer", after=1)
    assert kinds(after) == ["linear", "tanh", "dropout", "linear", "tanh", "linear", "relu", "output"]
    assert after.networks["model"].layers[3].out_features == 6


def test_every_old_layer_keeps_its_id():
    assert set(ids(experiment())) < set(ids(edited(experiment(), action="add_layer", after=2)))


def test_after_the_input_and_after_the_output_there_is_room_too():
    assert kinds(edited(experiment(), action="add_layer", after=0))[:3] == ["linear", "tanh", "linear"]
    assert kinds(edited(experiment(), action="add_layer", after=3))[-3:] == ["linear", "relu", "output"]


def test_the_first_layer_of_a_network_without_any_is_a_small_dense_one():
    after = edited(experiment([{"kind": "output"}]), action="add_layer", after=0)
    assert kinds(after) == ["linear", "tanh", "output"]


def test_after_flattening_a_copy_of_the_filters_does_not_fit_so_a_dense_layer_comes():
    before = experiment(CNN, {"kind": "digits"})
    position = columns_of(before).index(("model", "pool"))
    after = edited(before, action="add_layer", after=position)
    assert kinds(after)[-3:] == ["linear", "relu", "output"]
    admit(after)


def test_filters_follow_filters():
    before = experiment(CNN, {"kind": "digits"})
    assert kinds(edited(before, action="add_layer", after=1))[:4] == ["conv2d", "relu", "conv2d", "relu"]


def test_a_layer_goes_with_everything_drawn_in_its_column():
    assert ids(edited(experiment(), action="remove_layer", column=1)) == ["second", "bend", "out"]


@pytest.mark.parametrize(("column", "words"), [(0, "shows the data"), (3, "gives the answer")])
def test_input_and_output_stay(column, words):
    with pytest.raises(SpecError, match=words):
        edited(experiment(), action="remove_layer", column=column)


def test_units_are_set_and_the_id_stays():
    after = edited(experiment(), action="units", column=2, units=7)
    assert (after.networks["model"].layer("second").out_features, ids(after)) == (7, ids(experiment()))


@pytest.mark.parametrize(("column", "units", "words"), [(2, 0, "at least 1 unit"), (2, 10**9, "1000000"), (3, 4, "follows from")])
def test_units_that_cannot_be_are_explained(column, units, words):
    with pytest.raises(SpecError, match=words):
        edited(experiment(), action="units", column=column, units=units)


def test_an_activation_is_replaced_put_in_or_taken_away():
    assert kinds(edited(experiment(), action="activation", column=1, kind="silu"))[:3] == ["linear", "silu", "dropout"]
    assert kinds(edited(experiment(), action="activation", column=1, kind="none"))[:2] == ["linear", "dropout"]
    bare = experiment([{"kind": "linear"}, {"kind": "output"}])
    assert kinds(edited(bare, action="activation", column=1, kind="relu")) == ["linear", "relu", "output"]


def test_layers_inside_a_block_can_be_edited():
    body = [{"kind": "linear", "out_features": 2, "id": "inside"}, {"kind": "tanh", "id": "curve"}]
    before = experiment([{"kind": "residual", "body": body, "id": "block"}, {"kind": "output", "id": "out"}])
    position = columns_of(before).index(("model", "inside"))
    after = edited(before, action="activation", column=position, kind="relu")
    assert [layer.kind for layer in after.networks["model"].layer("block").bodies()[0]] == ["linear", "relu"]


def test_points_are_painted_and_erased():
    after = edited(experiment(), action="paint", points=[[0.5, -0.5, 1], [0, 0, 0]])
    assert after.data.painted == ((0.5, -0.5, 1), (0.0, 0.0, 0))
    assert edited(after, action="erase_paint").data.painted == ()
    assert len(dataset_of(after.data).train) == len(dataset_of(experiment().data).train) + 2


@pytest.mark.parametrize(
    ("before", "points", "words"),
    [
        (experiment(), [[2.0, 0, 0]], "outside the square"),
        (experiment(), [[0.0, 0, 0]] * 501, "Erase some"),
        (experiment(data={"kind": "iris"}), [[0.0, 0, 0]], "takes no painted points"),
        (experiment(), [["a", 0]], "does not fit"),
    ],
)
def test_points_that_cannot_be_painted_are_explained(before, points, words):
    with pytest.raises(SpecError, match=words):
        edited(before, action="paint", points=points)


def test_a_new_seed_changes_nothing_else():
    after = edited(experiment(), action="new_seed")
    assert (after.seed, after.model_copy(update={"seed": 0})) == (1, experiment())


@pytest.mark.parametrize(
    "edit",
    [{}, {"action": "explode"}, {"action": "units"}, {"action": "units", "column": 99, "units": 1}, {"action": "add_layer", "after": "x"}],
)
def test_an_edit_that_points_at_nothing_is_explained(edit):
    with pytest.raises(ExplorerError):
        apply_edit(experiment(), edit, columns_of(experiment()), admit)


def test_another_data_set_keeps_what_was_set_by_hand():
    before = experiment(data={"kind": "circle", "noise": 0.3, "features": ["x", "xy"], "label_noise": 0.1})
    after = with_data(before, "xor")
    assert (after.data.kind, after.data.noise, after.data.features, after.data.label_noise) == ("xor", 0.3, ("x", "xy"), 0.1)
    assert after.data.size == DATASETS["xor"]().size


def test_the_task_follows_the_data_and_what_does_not_apply_is_dropped():
    regression = next(kind for kind, cls in DATASETS.items() if cls.problem == "regression" and cls.coordinates == 0 and not cls.series)
    before = experiment(data={"kind": "circle", "features": ["x", "xy"], "label_noise": 0.1})
    after = with_data(before, regression)
    assert (after.task.kind, after.data.features, after.data.label_noise) == ("regression", (), 0.0)
    assert with_data(after, "circle").task.kind == "classification"
    admit(after)


def test_a_task_that_suits_the_data_stays_and_else_the_data_bring_their_own():
    autoencoder = with_data(experiment(), "circle").model_copy(update={"task": TASKS["reconstruction"]()})
    assert with_data(autoencoder, "sine_mixture").task.kind == "reconstruction"
    assert with_data(autoencoder, "python_text").task.kind == "language_modelling"
    for kind, data in DATASETS.items():
        assert with_data(experiment(), kind).task.suits(data)
