"""What happens to examples between drawing and training, and what the user is told when they do not suffice."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from explorer.errors import DataError
from explorer.experiment import DATASETS, DataSpec, sampling
from explorer.results.dataset import Samples

CORNERS = ((-0.5, -0.5, 0), (-0.6, -0.4, 0), (0.5, 0.5, 1), (0.6, 0.4, 1))


class Made(DataSpec):
    """A table of two classes with a column that never changes and one of rare ones; not registered."""

    standardise = True

    def sample(self, rng: np.random.Generator) -> Samples:
        y = np.arange(self.size) % 2
        rare = (np.arange(self.size) == 0).astype(float)
        x = np.stack([np.full(self.size, 0.1), rng.normal(1e6, 1e3, self.size), rare], axis=1)
        return Samples(x, y, ("even", "odd"), ("constant", "large", "rare"))


def test_constant_and_rare_columns_stay_finite():
    for seed in range(5):
        dataset = Made(seed=seed, size=10).load()
        assert np.isfinite(dataset.train.x).all()
        assert np.isfinite(dataset.test.x).all()
        np.testing.assert_allclose(dataset.train.x[:, 0], 0, atol=1e-6)
        assert dataset.train.x[:, 1].std() == pytest.approx(1, abs=1e-3)


def test_scaling_takes_rounding_for_what_it_is():
    values = np.stack([np.full(1000, 0.1), np.linspace(0, 1e-12, 1000)], axis=1).astype(np.float32)
    offset, scale = sampling.scaling(values)
    assert offset[0] == pytest.approx(0.1)
    assert scale[0] == 1.0
    assert scale[1] == pytest.approx(1e-12 / np.sqrt(12), rel=0.01)


def test_split_takes_the_front_of_every_class_for_testing():
    y = np.array([0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    train, test = sampling.split(y, 0.3, 2)
    assert test.tolist() == [0, 1, 2, 4]
    assert sorted([*train, *test]) == list(range(12))


def test_thinning_is_geometric_over_the_classes():
    y = np.repeat(np.arange(3), 100)
    kept = sampling.thinned(y, 0.75, 3)
    assert np.bincount(y[kept]).tolist() == [100, 50, 25]


def test_flipped_labels_follow_rank_and_shift():
    y, flipped = sampling.flipped_labels(np.array([0, 1, 2, 0]), 0.5, 3, np.array([3, 0, 2, 1]), np.array([1, 2, 1, 1]))
    assert flipped.tolist() == [False, True, False, True]
    assert y.tolist() == [0, 0, 2, 1]


def test_noise_of_the_plane_has_one_spread_for_both_axes():
    flat = np.stack([np.linspace(-1, 1, 20_001), np.zeros(20_001)], axis=1)
    moved = sampling.jittered(flat, 0.5, False, np.random.default_rng(0)) - flat
    spread = 0.5 * np.sqrt((1 / 3) / 2)  # a variance of 1/3 along x and none along y
    np.testing.assert_allclose(moved.std(axis=0), spread, rtol=0.02)


def test_noise_may_leave_the_square_and_is_not_pushed_back():
    points = DATASETS["xor"](noise=0.5).load().train.raw
    outside = np.abs(points).max(axis=1) > 1
    assert 0.1 < outside.mean() < 0.6
    assert not (np.abs(points) == 1).any()


def test_imbalance_and_label_noise_leave_the_points_where_they_are():
    plain, spoilt = DATASETS["moons"]().load(), DATASETS["moons"](label_noise=0.4, imbalance=0.5).load()
    known = {row.tobytes() for part in (plain.train, plain.test) for row in part.raw}
    assert all(row.tobytes() in known for part in (spoilt.train, spoilt.test) for row in part.raw)


def test_painted_points_join_the_training_part_as_they_are():
    plain, painted = DATASETS["moons"]().load(), DATASETS["moons"](painted=CORNERS, label_noise=0.2, noise=0.0).load()
    assert len(painted.train) == len(plain.train) + 4
    np.testing.assert_array_equal(painted.test.raw, plain.test.raw)
    np.testing.assert_allclose(painted.train.raw[-4:], np.array(CORNERS)[:, :2].astype(np.float32))
    assert painted.train.y[-4:].tolist() == [0, 0, 1, 1]
    assert not painted.train.flipped[-4:].any()


def test_painted_set_is_what_was_painted():
    dataset = DATASETS["painted"](painted=CORNERS, test_fraction=0.5).load()
    points = np.concatenate([dataset.train.raw, dataset.test.raw])
    np.testing.assert_allclose(sorted(points.tolist()), sorted([x, y] for x, y, _ in CORNERS), rtol=1e-6)
    assert dataset.class_names == ("class A", "class B")
    assert sorted(dataset.train.y) == sorted(dataset.test.y) == [0, 1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "painted", "painted": ()}, "Painted holds no examples yet. Paint points of two classes"),
        ({"kind": "painted", "painted": CORNERS[:2]}, "one class only (class A)"),
        ({"kind": "painted", "painted": CORNERS[:3]}, "Painted has 1 of 'class B' among its 3 examples. Every class needs two"),
        ({"kind": "painted", "painted": CORNERS, "classes": 3}, "Painted has 0 of 'class C'"),
        ({"kind": "painted", "painted": (*CORNERS, (0, 0, 7))}, "painted in class number 7, but the classes here are 0 to 1"),
        ({"kind": "circle", "painted": ((0, 0, 2),)}, "painted in class number 2, but the classes here are 0 to 1 (inside, outside)"),
        ({"kind": "gaussians", "classes": 8, "size": 15}, "Gaussians has 1 of 'cloud 8' among its 15 examples"),
    ],
)
def test_too_little_data_is_said_in_one_sentence(fields, words):
    kind = fields.pop("kind")
    with pytest.raises(DataError) as caught:
        DATASETS[kind](**fields).load()
    assert words in str(caught.value)
    assert "!" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("plane", {"label_noise": 0.1}, "label_noise and imbalance do not apply"),
        ("plane", {"painted": CORNERS}, "takes no painted points"),
        ("wine", {"features": ("x",)}, "no x and y"),
        ("curve", {"features": ("xy",)}, "no y coordinate"),
        ("xor", {"painted": ((1.2, 0, 0),)}, "outside the square"),
        ("iris", {"size": 151}, "less than or equal to 150"),
        ("spiral", {"noise": float("nan")}, "finite number"),
    ],
)
def test_what_does_not_apply_is_refused(kind, fields, words):
    with pytest.raises(ValidationError, match=words):
        DATASETS[kind](**fields)


def test_curve_features_are_those_of_x():
    dataset = DATASETS["curve"](features=("x", "x_squared", "sin_x")).load()
    x = dataset.test.raw[:, 0]
    np.testing.assert_allclose(dataset.test.x, np.stack([x, x * x, np.sin(np.pi * x)], axis=1), atol=1e-6)
