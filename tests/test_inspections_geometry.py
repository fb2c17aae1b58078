"""What is said of the geometry of layers agrees with closed forms and with other implementations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from test_gan import ring
from test_inspections_contract import run_of, small

from explorer.errors import SpecError
from explorer.experiment import LAYERS, NetworkSpec, preset, presets
from explorer.inspections import INSPECTIONS
from explorer.inspections.layer_features import same_beside
from explorer.inspections.projection import principal
from explorer.inspections.separability import ACCURACY, _accuracy, _deeper, _explained
from explorer.inspections.similarity import centred, cka
from explorer.inspections.warped_grid import areas
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

KINDS = ("projection", "neighbour_map", "separability", "similarity", "warped_grid")
ROWS = np.random.default_rng(0).normal(size=(60, 5)) * [5, 3, 1, 1, 0.5]


def look(kind: str, training: Training, **fields: object) -> Inspected:
    return INSPECTIONS[kind](**fields).look(training)


def of_layers(data: str, *layers: object) -> Training:
    experiment = small(preset(data).experiment)
    return train(experiment.model_copy(update={"networks": {"model": NetworkSpec(layers=layers)}}))


def test_principal_directions_are_scikit_learns():
    theirs = PCA(2).fit(ROWS)
    points, shares = principal(ROWS)
    np.testing.assert_allclose(np.abs(points), np.abs(theirs.transform(ROWS)), atol=1e-9)
    np.testing.assert_allclose(shares[:2], theirs.explained_variance_ratio_, rtol=1e-9)


def test_one_number_has_one_direction_and_a_constant_none():
    points, shares = principal(ROWS[:, :1])
    assert shares.tolist() == [1.0]
    assert not points[:, 1].any()
    assert principal(np.ones((5, 3)))[1].tolist() == [0.0] * 3


def test_neighbours_of_far_groups_are_of_the_same_class():
    labels = np.repeat([0, 1], 30)
    assert same_beside(ROWS + 100 * labels[:, None], labels) == 1.0
    assert same_beside(np.repeat(ROWS[:30], 2, axis=0) * 100, np.tile([0, 1], 30)) < 0.7


def test_a_projection_shows_every_example_with_its_class():
    training = run_of("digits_cnn")
    found = look("projection", training, layer="output_1", examples=30)
    assert found.arrays["marks"].tolist() == training.state.dataset.test.y[:30].tolist()
    with torch.no_grad():
        rows = training.networks["model"](training.state.x_test[:30]).double().numpy()
    np.testing.assert_allclose(np.abs(found.arrays["points"]), np.abs(PCA(2).fit_transform(rows)), atol=1e-5)


def test_errors_are_those_of_the_task():
    training = run_of("spiral")
    found = look("projection", training, examples=40, colour="error")
    p = training.experiment.task.predict(training.state, training.state.x_test[:40]).numpy()
    assert found.arrays["marks"].tolist() == (p.argmax(1) != training.state.dataset.test.y[:40]).astype(float).tolist()


def test_errors_of_numbers_are_in_the_unit_of_the_number():
    training = train(small(preset("tips").experiment))
    found = look("projection", training, examples=20, colour="error")
    dataset = training.state.dataset
    truth = dataset.test.y[:20, 0] * dataset.target_scale[0] + dataset.target_offset[0]
    given = training.experiment.task.predict(training.state, training.state.x_test[:20]).numpy()[:, 0]
    np.testing.assert_allclose(found.arrays["marks"], np.abs(given - truth), rtol=1e-5)


def test_a_map_puts_like_beside_like_and_is_the_same_again():
    training = run_of("digits_cnn")
    one, other = (look("neighbour_map", training, layer="conv2d_1", examples=60) for _ in range(2))
    assert np.array_equal(one.arrays["points"], other.arrays["points"])
    assert "nearest neighbours" in one.words[1]


def test_similarity_is_1_with_itself_turned_scaled_and_moved():
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    assert cka(centred(ROWS), centred(3.7 * ROWS @ turn + 4)) == pytest.approx(1.0)
    assert cka(centred(ROWS), centred(ROWS @ np.diag([0, 0, 0, 0, 1]))) < 0.5


def test_similarity_is_the_formula_of_the_paper():
    other = ROWS[:, :3] ** 2
    x, y = ROWS - ROWS.mean(0), other - other.mean(0)
    wanted = np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    assert cka(centred(ROWS), centred(other)) == pytest.approx(wanted)


def test_every_layer_is_like_itself_and_flatten_like_what_it_flattens():
    found = look("similarity", run_of("digits_cnn"))
    values, names = found.arrays["values"], found.facts["layers"]
    np.testing.assert_allclose(np.diag(values), 1.0)
    np.testing.assert_allclose(values, values.T)
    assert values[names.index("max_pool2d_1"), names.index("flatten_1")] == pytest.approx(1.0)


def test_a_probe_is_scikit_learns():
    rng = np.random.default_rng(2)
    rows, test = rng.normal(size=(80, 4)), rng.normal(size=(50, 4))
    y, test_y = (rows[:, 0] > 0).astype(int), (test[:, 0] > 0).astype(int)
    assert _accuracy(rows, y, test, test_y) == LogisticRegression(max_iter=200).fit(rows, y).score(test, test_y)
    assert _explained(rows, rows[:, 1], test, test[:, 1]) == pytest.approx(Ridge(1.0).fit(rows, rows[:, 1]).score(test, test[:, 1]))


def test_what_a_layer_untangles_is_measured():
    """Two units that give x squared and y squared make a circle separable, which the plane itself is not."""
    training = of_layers("circle", LAYERS["linear"](out_features=40), LAYERS["relu"](), LAYERS["output"]())
    found = look("separability", training, examples=100)
    means = dict(zip(found.facts["layers"], found.facts["means"], strict=True))
    assert means["input"] < 0.75
    assert means["relu_1"] > means["input"] + 0.1
    assert found.arrays["scores"].shape == (4, 4)


def test_a_change_within_the_spread_is_not_called_one():
    assert "within the spread" in _deeper(["a", "b"], np.array([[0.5, 0.7], [0.6, 0.8]]), ACCURACY)
    assert "rises by 0.300, more than" in _deeper(["a", "b"], np.array([[0.5, 0.5], [0.8, 0.8]]), ACCURACY)


def net(bend) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9))
    return np.stack(bend(x, y), -1)


def test_areas_tell_what_is_folded_and_what_is_flat():
    np.testing.assert_allclose(areas(net(lambda x, y: (2 * x, y))), 2 / 16)
    assert (areas(net(lambda x, y: (np.abs(x), y))) < 0).mean() == pytest.approx(0.5)
    assert not areas(net(lambda x, y: (x, x))).any()


@torch.no_grad()
def test_the_grid_is_where_the_layer_puts_it():
    with torch.enable_grad():
        training = run_of("spiral")
    found = look("warped_grid", training, layer="linear_1", unit_x=2, unit_y=0)
    ends = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
    wanted = training.module_of("model", "linear_1")(ends)[:, [2, 0]].numpy()
    across, down = found.arrays["across"], found.arrays["down"]
    np.testing.assert_allclose([across[0, 0], across[0, -1], across[-1, 0]], wanted, atol=1e-5)
    np.testing.assert_allclose([down[0, 0], down[-1, 0], down[0, -1]], wanted, atol=1e-5)
    assert "do not fold" in found.words[0]


def test_a_fold_is_found():
    training = of_layers("xor", LAYERS["linear"](out_features=2), LAYERS["relu"](), LAYERS["linear"](out_features=2), LAYERS["output"]())
    layer = training.module_of("model", "linear_1")
    with torch.no_grad():
        layer.weight.copy_(torch.eye(2))
        layer.bias.zero_()
    found = look("warped_grid", training, layer="relu_1")
    assert found.words[1] == "75 % of the squares have shrunk to less than a thousandth of the mean area."


@pytest.mark.parametrize(
    ("kind", "name", "fields", "words"),
    [("warped_grid", "spiral", {"unit_x": 99}, "has no unit 99"), ("projection", "spiral", {"layer": "conv"}, "no layer named")],
)
def test_what_is_not_there_is_said(kind, name, fields, words):
    with pytest.raises(SpecError, match=words):
        look(kind, run_of(name), **fields)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*presets(), "gan"])
def test_every_preset_answers_and_is_drawn(name):
    training = train(ring() if name == "gan" else small(preset(name).experiment))
    for kind in KINDS:
        if not INSPECTIONS[kind].reason_not(training):
            fields = {"examples": 60} if kind in ("neighbour_map", "separability") else {}
            assert figures(look(kind, training, **fields))
            if "colour" in INSPECTIONS[kind].model_fields:
                assert figures(look(kind, training, colour="error", **fields))
