"""What every data set promises: a new one is tested without editing this file."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import ValidationError

from explorer.data._openml import OnlineData
from explorer.errors import DataError
from explorer.experiment import DATASETS, DataSpec
from explorer.results.dataset import Dataset

ALL = list(DATASETS)
CLASSIFICATION = [name for name in ALL if DATASETS[name].problem == "classification"]
REGRESSION = [name for name in ALL if DATASETS[name].problem == "regression"]
PLANE = [name for name in ALL if DATASETS[name].coordinates == 2]
IN_ORDER = [name for name in ALL if DATASETS[name].model_fields["split"].default == "in_order"]
ROWS_OF_NUMBERS = [name for name in ALL if not DATASETS[name].tokens and not DATASETS[name].series]
ANYWHERE = (
    "shapes",
    "shapes_located",
    "shapes_together",
    "textures",
)  # no pixel has a meaning of its own: their presets show that a network with filters learns them
MADE_UP = [name for name in ALL if issubclass(DATASETS[name], OnlineData)]  # in the tests; the real ones are fetched
COORDINATES = [name for name in ALL if DATASETS[name].coordinates]


def check_promises(cls: type[DataSpec]) -> None:
    """Everything that holds for any data set with its default parameters."""
    check_words(cls)
    spec = cls()
    dataset = spec.load()
    check_parts(spec, dataset)
    check_names(spec, dataset)
    fields = json.loads(json.dumps(spec.model_dump(mode="json")))
    assert fields.pop("kind") == cls.kind
    assert cls.model_validate(fields) == spec
    same_data(dataset, cls().load())


def check_words(cls: type[DataSpec]) -> None:
    assert 30 <= len(cls.summary()) <= 130
    assert cls.summary()[-1] == "."
    for name, field in cls.model_fields.items():
        assert field.description, name
        assert "!" not in field.description


def check_parts(spec: DataSpec, dataset: Dataset) -> None:
    for part in (dataset.train, dataset.test):
        n = len(part)
        assert n > 0
        assert part.x.shape == (n, *dataset.input_shape.sizes)
        assert part.x.dtype == part.raw.dtype == (np.int64 if spec.tokens else np.float32)
        assert np.isfinite(part.x).all()
        assert np.isfinite(part.raw).all()
        assert part.flipped.dtype == bool
        assert not part.flipped.any()
        CHECK_ANSWERS[spec.problem](part.y, n, dataset)
        if spec.tokens:
            assert part.x.min() >= 0
            assert part.x.max() < dataset.input_shape.vocabulary == len(dataset.vocabulary)


def check_classes(y: np.ndarray, n: int, dataset: Dataset) -> None:
    assert (y.dtype, y.shape) == (np.int64, (n,))
    assert set(y) == set(range(dataset.classes))
    assert len(set(dataset.class_names)) == dataset.classes >= 2


def check_tags(y: np.ndarray, n: int, dataset: Dataset) -> None:
    assert (y.dtype, y.shape) == (np.int64, (n, dataset.input_shape.sizes[0]))
    assert set(y.ravel()) == set(range(dataset.classes))
    assert len(set(dataset.class_names)) == dataset.classes >= 2


def check_next_tokens(y: np.ndarray, n: int, dataset: Dataset) -> None:
    assert (y.dtype, y.shape) == (np.int64, (n, dataset.input_shape.sizes[0]))
    assert y.min() >= 0
    assert y.max() < len(dataset.vocabulary)
    assert dataset.class_names == ()


def check_one_number(y: np.ndarray, n: int, dataset: Dataset) -> None:
    assert y.shape == (n, 1)
    check_numbers(y, n, dataset)


def check_numbers(y: np.ndarray, n: int, dataset: Dataset) -> None:
    assert y.dtype == np.float32
    assert len(y) == n
    assert y.shape[1:] == dataset.target_scale.shape == dataset.target_offset.shape
    assert np.isfinite(y).all()
    assert dataset.class_names == ()
    assert "(" in dataset.target_name, "a target that is a number is named with its unit, or with '(no unit)'"


def check_box(y: np.ndarray, n: int, dataset: Dataset) -> None:
    assert (y.dtype, y.shape) == (np.float32, (n, 4))
    assert 0 <= y.min() <= y.max() <= 1
    assert (y[:, 2:] > y[:, :2]).all()
    assert dataset.class_names == ()


def check_labels(y: np.ndarray, n: int, dataset: Dataset) -> None:
    assert (y.dtype, y.shape) == (np.float32, (n, dataset.classes))
    assert set(y.ravel()) == {0, 1}
    assert len(set(dataset.class_names)) == dataset.classes >= 2


CHECK_ANSWERS = {
    "classification": check_classes,
    "tagging": check_tags,
    "language": check_next_tokens,
    "regression": check_one_number,
    "forecasting": check_numbers,
    "rating": check_one_number,
    "box": check_box,
    "labels": check_labels,
}


def check_names(spec: DataSpec, dataset: Dataset) -> None:
    assert dataset.problem == spec.problem
    assert dataset.coordinates == spec.coordinates
    assert len(set(dataset.vocabulary)) == len(dataset.vocabulary) == dataset.input_shape.vocabulary
    assert dataset.target_name or not (spec.tokens or spec.series)
    if spec.series:
        assert len(set(dataset.input_names)) == dataset.input_shape.units
    if dataset.input_shape.is_flat:
        assert len(set(dataset.input_names)) == dataset.input_shape.numel
    if spec.coordinates:
        assert dataset.input_names == ("x", "y")[: spec.coordinates]


def same_data(a: Dataset, b: Dataset) -> None:
    for left, right in ((a.train, b.train), (a.test, b.test)):
        for field in ("raw", "x", "y", "flipped"):
            np.testing.assert_array_equal(getattr(left, field), getattr(right, field))


def rows(dataset: Dataset) -> np.ndarray:
    """All examples of both parts as sorted rows, so that sets of examples can be compared."""
    raw = np.concatenate([dataset.train.raw, dataset.test.raw])
    flat = raw.reshape(len(raw), -1)
    return flat[np.lexsort(flat.T)]


@pytest.mark.parametrize("name", ALL)
def test_promises(name):
    check_promises(DATASETS[name])


@pytest.mark.parametrize("name", ALL)
def test_another_seed_gives_other_examples_or_another_split(name):
    first, second = DATASETS[name](seed=0).load(), DATASETS[name](seed=1).load()
    assert not np.array_equal(first.train.raw, second.train.raw)
    if DATASETS[name].coordinates and name != "painted":
        assert not np.isin(first.train.raw, second.train.raw).all(axis=1).any()


@pytest.mark.parametrize("name", ALL)
def test_size_counts_both_parts(name):
    if DATASETS[name].paint_is_sample:
        pytest.skip("there are as many examples as are painted")
    dataset = DATASETS[name](size=87, test_fraction=0.4).load()
    assert len(dataset.train) + len(dataset.test) == 87
    assert len(dataset.test) == pytest.approx(0.4 * 87, abs=0.5 * max(dataset.classes, 1))


@pytest.mark.parametrize("name", ALL)
def test_a_larger_test_part_takes_further_examples_and_changes_none(name):
    small, large = (DATASETS[name](test_fraction=share).load() for share in (0.2, 0.5))
    np.testing.assert_array_equal(rows(small), rows(large))
    tested = {row.tobytes() for row in large.test.raw}
    assert all(row.tobytes() in tested for row in small.test.raw)


@pytest.mark.parametrize("name", [name for name in CLASSIFICATION if DATASETS[name].applies("noise")])
def test_more_noise_pushes_the_same_examples_further_the_same_way(name):
    none, little, much = (DATASETS[name](noise=noise).load() for noise in (0.0, 0.1, 0.2))
    np.testing.assert_array_equal(none.train.y, much.train.y)
    if DATASETS[name].image_shape:
        return  # cut off at brightness 0 and 1: see test_data_real
    step, two_steps = little.train.raw - none.train.raw, much.train.raw - none.train.raw
    assert np.abs(step).max() > 0
    scale = np.abs(none.train.raw).max(axis=0) + two_steps.std(axis=0)
    np.testing.assert_allclose(two_steps / scale, 2 * step / scale, atol=1e-5)


@pytest.mark.parametrize("name", REGRESSION)
def test_noise_goes_to_the_target_of_a_regression_set(name):
    def targets(noise: float) -> np.ndarray:
        dataset = DATASETS[name](noise=noise).load()
        return dataset.train.y * dataset.target_scale + dataset.target_offset

    none, little, much = targets(0.0), targets(0.1), targets(0.2)
    np.testing.assert_allclose(much - none, 2 * (little - none), atol=1e-5 * np.abs(none).max())
    assert (much - none).std() == pytest.approx(0.2 * none.std(), rel=0.25)
    np.testing.assert_array_equal(DATASETS[name](noise=0.2).load().train.raw, DATASETS[name]().load().train.raw)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_label_noise_flips_the_stated_share_of_the_training_labels_only(name):
    clean, noisy, noisier = (DATASETS[name](label_noise=share).load() for share in (0.0, 0.25, 0.5))
    np.testing.assert_array_equal(clean.train.raw, noisy.train.raw)
    np.testing.assert_array_equal(clean.test.y, noisy.test.y)
    assert not noisy.test.flipped.any()
    assert noisy.train.flipped.sum() == round(0.25 * len(noisy.train))
    np.testing.assert_array_equal(noisy.train.flipped, clean.train.y != noisy.train.y)
    assert noisier.train.flipped[noisy.train.flipped].all()
    assert noisy.train.y.max() < noisy.classes


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_imbalance_thins_the_last_class_and_keeps_two_of_each(name):
    def counts(imbalance: float) -> np.ndarray:
        dataset = DATASETS[name](imbalance=imbalance).load()
        return np.bincount(np.concatenate([dataset.train.y, dataset.test.y]), minlength=dataset.classes)

    full, half, nearly_none = counts(0.0), counts(0.5), counts(0.98)
    assert half[0] == nearly_none[0] == full[0]
    assert half[-1] == round(0.5 * full[-1])
    assert nearly_none[-1] == max(round(0.02 * full[-1]), 2)
    assert (np.diff(half / full) < 0).all()
    dataset = DATASETS[name](imbalance=0.98).load()
    assert set(dataset.train.y) == set(dataset.test.y) == set(range(dataset.classes))


@pytest.mark.parametrize("name", REGRESSION)
def test_a_regression_target_is_standardised_on_the_training_part(name):
    dataset = DATASETS[name]().load()
    assert dataset.train.y.mean() == pytest.approx(0, abs=1e-5)
    assert dataset.train.y.std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", [name for name in ROWS_OF_NUMBERS if DATASETS[name].standardise])
def test_columns_of_a_table_are_standardised_on_the_training_part(name):
    train = DATASETS[name]().load().train
    np.testing.assert_allclose(train.x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.x.std(axis=0), 1, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in ALL if DATASETS[name].problem == "forecasting"])
def test_a_series_and_how_it_goes_on_are_scaled_alike_by_the_training_part(name):
    dataset = DATASETS[name]().load()
    np.testing.assert_allclose(dataset.train.x.mean(axis=(0, 1)), 0, atol=1e-4)
    np.testing.assert_allclose(dataset.train.x.std(axis=(0, 1)), 1, atol=1e-4)
    for part in (dataset.train, dataset.test):
        np.testing.assert_allclose(part.x * dataset.target_scale[0] + dataset.target_offset[0], part.raw, atol=1e-5)
    assert len(set(dataset.target_scale)) == len(set(dataset.target_offset)) == 1


@pytest.mark.parametrize("name", [name for name in ALL if DATASETS[name].problem == "forecasting"])
def test_noise_goes_to_the_whole_of_a_series_that_is_forecast(name):
    none, noisy = DATASETS[name]().load(), DATASETS[name](noise=0.2).load()

    def check(before: list[np.ndarray], after: list[np.ndarray]) -> None:
        """By a fifth of the deviation of each step, to within what chance allows."""
        clean, added = np.concatenate(before), np.concatenate(after) - np.concatenate(before)
        expected = 0.2 * np.sqrt(np.square(clean.std(axis=0)).mean())
        assert np.sqrt(np.square(added).mean()) == pytest.approx(expected, rel=3 / np.sqrt(added.size))

    check([part.raw for part in (none.train, none.test)], [part.raw for part in (noisy.train, noisy.test)])
    answers = [[part.y * data.target_scale + data.target_offset for part in (data.train, data.test)] for data in (none, noisy)]
    check(*answers)


@pytest.mark.parametrize("name", IN_ORDER)
def test_where_examples_come_in_order_the_last_ones_are_for_testing(name):
    small, large = DATASETS[name](test_fraction=0.2).load(), DATASETS[name](test_fraction=0.5).load()
    np.testing.assert_array_equal(large.train.raw, small.train.raw[: len(large.train)])
    np.testing.assert_array_equal(small.test.raw, large.test.raw[len(large.test) - len(small.test) :])


@pytest.mark.parametrize("name", ALL)
def test_what_does_not_apply_is_refused_in_words(name):
    odd = {"noise": 0.1, "label_noise": 0.1, "imbalance": 0.5, "features": ("x",), "painted": ((0.0, 0.0, 0),)}
    for field, value in odd.items():
        if not DATASETS[name].applies(field):
            with pytest.raises(ValidationError, match=name):
                DATASETS[name].model_validate({field: value})


@pytest.mark.parametrize("name", COORDINATES)
def test_points_without_noise_lie_in_the_square(name):
    assert np.abs(rows(DATASETS[name]().load())).max() <= 1


@pytest.mark.parametrize("name", PLANE)
def test_features_are_computed_from_x_and_y(name):
    names = ("x_squared", "xy", "sin_y", "cos_x")
    dataset = DATASETS[name](features=names).load()
    x, y = dataset.train.raw.T
    expected = np.stack([x * x, x * y, np.sin(np.pi * y), np.cos(np.pi * x)], axis=1)
    np.testing.assert_allclose(dataset.train.x, expected, atol=1e-6)
    assert dataset.input_names == names


@pytest.mark.parametrize("name", PLANE)
def test_class_sizes_differ_by_one_at_most(name):
    if DATASETS[name].problem == "regression" or DATASETS[name].paint_is_sample:
        return
    counts = np.bincount(DATASETS[name](size=101).sample(np.random.default_rng(0)).y)
    assert counts.max() - counts.min() <= 1


def bounds_of(cls: type[DataSpec]) -> list[tuple[str, float]]:
    """Every field with its least and its greatest value."""
    found = [(name, limit, side) for name, info in cls.model_fields.items() for limit in info.metadata for side in ("ge", "le")]
    pairs = [(name, getattr(limit, side)) for name, limit, side in found if hasattr(limit, side)]
    return [pair for pair in pairs if cls.applies(pair[0])]


def sentence_or_data(spec: DataSpec) -> Dataset | str:
    try:
        return spec.load()
    except DataError as error:
        return str(error)


def few_with(cls: type[DataSpec], field: str, value: float) -> DataSpec:
    """A hundred examples, where their number is not what is asked."""
    return cls.model_validate({field: value} if field == "size" or cls.paint_is_sample else {"size": 100, field: value})


def is_as_many_as_may_be(field: str, value: float) -> bool:
    """Whether a bound is that of the number of examples, all of which then have to be made."""
    return field == "size" and value > 1_000


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_field_at_each_of_its_bounds_gives_data_or_one_clear_sentence(name, many):
    for field, value in bounds_of(DATASETS[name]):
        if is_as_many_as_may_be(field, value) != many:
            continue
        found = sentence_or_data(few_with(DATASETS[name], field, value))
        if isinstance(found, str):
            assert "has 0 of" in found or "Every class needs two" in found, (field, value)
            continue
        assert np.isfinite(rows(found)).all(), (field, value)
        assert np.isfinite(found.train.x).all(), (field, value)
        if found.coordinates and field != "noise":
            assert np.abs(rows(found)).max() <= 1, (field, value)


@pytest.mark.parametrize("name", [name for name in ROWS_OF_NUMBERS if name not in (*ANYWHERE, *MADE_UP)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_small_network_learns_the_default_set(name):
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    dataset = DATASETS[name]().load()
    kind = MLPClassifier if dataset.problem == "classification" else MLPRegressor
    hidden, decay = ((24, 24), 1e-3) if dataset.coordinates else ((8,), 3.0)  # the tables are small and noisy
    network = kind(hidden_layer_sizes=hidden, activation="tanh", solver="lbfgs", alpha=decay, max_iter=300, random_state=0)
    x_train, x_test = (part.x.reshape(len(part), -1) for part in (dataset.train, dataset.test))
    score = network.fit(x_train, dataset.train.y.ravel()).score(x_test, dataset.test.y.ravel())
    if dataset.problem == "classification":
        assert score > 0.85  # share right
    else:
        assert score > (0.9 if dataset.coordinates else 0.25)  # share of the variance explained
