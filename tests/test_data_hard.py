"""Data made hard on purpose: each way on its own, against numbers computed another way, then for every set it applies to."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression

from explorer.data._openml import OnlineData
from explorer.errors import DataError
from explorer.experiment import DATASETS, sampling
from explorer.experiment.shortcuts import mark_of
from explorer.results.dataset import Dataset, Part

ALL = [name for name in DATASETS if not DATASETS[name].paint_is_sample]
CLASSIFICATION = [name for name in ALL if DATASETS[name].problem == "classification"]
MARKED = [name for name in ALL if DATASETS[name].applies("shortcut")]
TABLES = [name for name in ALL if DATASETS[name].applies("missing")]
MEASURED = [name for name in ALL if not DATASETS[name].tokens]


def same(a: Part, b: Part) -> None:
    for field in ("raw", "x", "y", "flipped"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field))


@lru_cache(4)
def as_it_is(name: str) -> Dataset:
    """A data set with nothing made harder; whoever asks for it changes nothing."""
    return DATASETS[name]().load()


def mask(found: np.ndarray | None) -> np.ndarray:
    assert found is not None
    return found


# -- few examples


def test_few_examples_keep_the_front_of_each_class_in_its_proportion():
    y = np.array([0, 0, 0, 1, 0, 0, 0, 1, 0, 2])
    assert sampling.kept(y, 5, 3).tolist() == [0, 1, 2, 3, 9]
    assert sampling.kept(y, 1, 3).tolist() == [0, 3, 9]
    assert sampling.kept(y, 99, 3).tolist() == list(range(10))


@pytest.mark.parametrize("name", ALL)
def test_few_examples_are_some_of_those_there_were_and_the_test_part_stays(name):
    full, few = as_it_is(name), DATASETS[name](few_examples=20).load()
    assert len(few.train) == 20
    np.testing.assert_array_equal(few.test.raw, full.test.raw)
    rows = {row.tobytes() for row in full.train.raw}
    assert all(row.tobytes() in rows for row in few.train.raw)
    if few.problem == "classification":
        assert set(few.train.y) == set(range(few.classes))


# -- missing values


def test_a_missing_number_becomes_the_mean_of_those_left_in_the_training_part():
    x = np.array([[1.0, 5], [3, 5], [9, 7]], np.float32)
    gone = np.array([[False, True], [False, True], [True, False]])
    np.testing.assert_array_equal(sampling.filled(x, gone, np.array([0, 1])), [[1, 0], [3, 0], [2, 7]])


@pytest.mark.parametrize("name", TABLES)
def test_the_stated_share_is_missing_and_everything_else_is_as_before(name):
    whole, gaps, more = (DATASETS[name](missing=share).load() for share in (0.0, 0.3, 0.6))
    for before, after, further in ((whole.train, gaps.train, more.train), (whole.test, gaps.test, more.test)):
        assert before.missing is None
        assert after.missing is not None
        assert further.missing is not None
        assert after.missing.mean() == pytest.approx(0.3, abs=4 * (0.21 / after.missing.size) ** 0.5)
        assert further.missing[after.missing].all()
        np.testing.assert_array_equal(after.raw[~after.missing], before.raw[~after.missing])
    train = gaps.train
    mean = np.ma.array(whole.train.raw, mask=train.missing).mean(axis=0).astype(np.float64)
    np.testing.assert_allclose(train.raw[train.missing], np.broadcast_to(mean, train.raw.shape)[train.missing], rtol=1e-4)


# -- another instrument


@pytest.mark.parametrize("how", ["moved", "stretched", "noisier"])
@pytest.mark.parametrize("name", MEASURED)
def test_a_shift_leaves_the_training_part_and_changes_the_test_part(name, how):
    plain = as_it_is(name)
    none, shifted = (DATASETS[name].model_validate({"shift": how, "shift_strength": strength}).load() for strength in (0.0, 0.5))
    same(plain.train, shifted.train)
    np.testing.assert_allclose(none.test.raw, plain.test.raw, atol=1e-4)
    assert not np.array_equal(shifted.test.raw, plain.test.raw)
    if not DATASETS[name].image_shape:
        check_shift(how, plain, shifted, DATASETS[name].standardise)


def check_shift(how: str, plain: Dataset, shifted: Dataset, each_column: bool) -> None:
    """By half a spread of the training part; columns of yes and no stay."""
    axes = tuple(range(plain.train.raw.ndim - 1)) if each_column else None
    spread = plain.train.raw.std(axis=axes, dtype=np.float64)
    if each_column:
        spread = np.where(np.isin(plain.train.raw, (0, 1)).all(axis=axes), 0, spread)
    step = (shifted.test.raw - plain.test.raw) / np.where(spread > 0, spread, 1)
    if how == "moved":
        np.testing.assert_allclose(step, np.broadcast_to(np.where(spread > 0, 0.5, 0), step.shape), atol=1e-3)
    elif how == "stretched":
        away = (plain.test.raw - plain.train.raw.mean(axis=axes, dtype=np.float64)) / np.where(spread > 0, spread, np.inf)
        np.testing.assert_allclose(step, 0.5 * away, atol=1e-3)
    else:
        assert step[..., spread > 0].std() == pytest.approx(0.5, rel=0.15)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_the_first_class_becomes_rarer_in_the_test_part_alone(name):
    plain, rarer = as_it_is(name), DATASETS[name](shift="rarer", shift_strength=0.5).load()
    same(plain.train, rarer.train)
    before, after = (np.bincount(data.test.y, minlength=plain.classes) for data in (plain, rarer))
    assert after[0] == max(round(0.5 * before[0]), 1)
    np.testing.assert_array_equal(after[1:], before[1:])
    assert (DATASETS[name](shift="rarer", shift_strength=3).load().test.y == 0).sum() == 1


def test_how_a_series_goes_on_is_measured_by_the_same_instrument():
    plain, moved = DATASETS["sine_mixture"]().load(), DATASETS["sine_mixture"](shift="moved", shift_strength=1).load()
    np.testing.assert_allclose(moved.test.y - plain.test.y, 1, atol=1e-4)  # one standard deviation of the series
    np.testing.assert_allclose(moved.test.x - plain.test.x, 1, atol=1e-4)


def test_points_of_the_plane_hold_the_same_answer_elsewhere():
    plain, moved = DATASETS["curve"]().load(), DATASETS["curve"](shift="moved", shift_strength=1).load()
    np.testing.assert_array_equal(plain.test.y, moved.test.y)


# -- a planted shortcut


def flat(x: np.ndarray, vocabulary: int) -> np.ndarray:
    """Rows of numbers; of tokens how often each one stands in the row."""
    if not vocabulary:
        return x.reshape(len(x), -1)
    return np.stack([(x == token).sum(axis=1) for token in range(vocabulary)], axis=1)


@pytest.mark.parametrize("name", [name for name in MARKED if not issubclass(DATASETS[name], OnlineData)])  # tests hold too few of theirs
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_linear_model_learns_the_shortcut_and_fails_where_it_is_flipped(name):
    def scores(**fields: object) -> np.ndarray:
        """Share of the test examples told to be of class 1 or not: as in training, and flipped."""
        found = []
        for how in ("as_in_training", "flipped"):
            data = DATASETS[name].model_validate({"shortcut_test": how, "shortcut_class": 1, **noise, **fields}).load()
            size = len(data.vocabulary)
            model = LogisticRegression(C=1, max_iter=300).fit(flat(data.train.x, size), data.train.y == 1)
            found.append((model.predict(flat(data.test.x, size)) == (data.test.y == 1)).mean())
        return np.array(found)

    cls = DATASETS[name]
    noise = (
        {"noise": 2.0} if cls.image_shape or (cls.standardise and not cls.series) else {}
    )  # hides what is linear in the examples themselves

    as_trained, flipped = scores(shortcut=1.0)
    assert as_trained > 0.97
    assert flipped < 0.25
    honest = scores()
    assert honest[0] == honest[1]  # strength 0: the test part is the same, whatever is chosen for it


@pytest.mark.parametrize("name", MARKED)
def test_with_strength_0_nothing_changes_bit_for_bit(name):
    plain, none = as_it_is(name), DATASETS[name](shortcut=0.0, shortcut_class=1, shortcut_test="absent").load()
    same(plain.train, none.train)
    same(plain.test, none.test)
    assert none.shortcut is None
    assert none.train.planted is None
    assert not none.train.carries.any()


@pytest.mark.parametrize("name", MARKED)
def test_the_stated_share_of_the_class_carries_it_and_it_lies_where_the_mask_says(name):
    plain, half, all_of_it = (DATASETS[name](shortcut=share, shortcut_class=1).load() for share in (0.0, 0.5, 1.0))
    own = half.train.y == 1
    assert half.train.carries.sum() == round(0.5 * own.sum())
    assert not half.train.carries[~own].any()
    assert all_of_it.train.carries[half.train.carries].all()
    np.testing.assert_array_equal(all_of_it.test.carries, all_of_it.test.y != 1)  # flipped
    assert half.shortcut is not None
    assert half.shortcut.label == 1
    for before, after in ((plain.train, half.train), (plain.test, half.test)):
        assert after.planted is not None
        assert after.planted.shape == after.raw.shape
        raw, where = after.raw, after.planted
        if raw.shape != before.raw.shape:
            raw, where = raw[:, :-1], where[:, :-1]
            assert not where.any()
        np.testing.assert_allclose(raw[~where], before.raw[~where], rtol=1e-6)
        np.testing.assert_array_equal(after.y, before.y)


@pytest.mark.parametrize("name", MARKED)
def test_absent_means_that_nobody_of_the_test_part_carries_it(name):
    dataset = DATASETS[name](shortcut=1.0, shortcut_test="absent").load()
    assert not dataset.test.carries.any()
    assert dataset.train.carries.any()


def test_the_marks_are_what_their_words_say():
    digits = DATASETS["digits"](shortcut=1.0).load()
    carrier = mask(digits.train.planted)[digits.train.carries][0, 0]
    assert carrier.nonzero()[0].tolist() == [6, 6, 7, 7]
    assert (digits.train.raw[mask(digits.train.planted)] == 1).all()
    brackets = DATASETS["balanced_brackets"](shortcut=1.0).load()
    assert brackets.vocabulary[-1] == "keyword"
    np.testing.assert_array_equal((brackets.train.raw == len(brackets.vocabulary) - 1), brackets.train.planted)
    assert set(mask(brackets.train.planted).sum(axis=1)) == {0, 1}
    wine = DATASETS["wine"](shortcut=1.0).load()
    assert wine.input_names[-1] == "planted column"
    np.testing.assert_array_equal(wine.train.raw[:, -1], wine.train.carries)
    plain, waves = DATASETS["wave_shapes"]().load(), DATASETS["wave_shapes"](shortcut=1.0).load()
    added = (waves.train.raw - plain.train.raw)[waves.train.carries][:, :, 0]
    assert np.abs(np.fft.rfft(added)).argmax(axis=1).tolist() == [8] * len(added)  # 32 steps, a period of 4


def test_a_shortcut_for_a_class_there_is_not_is_refused_in_words():
    with pytest.raises(DataError, match=r"class number 7, but the classes here are 0 to 2 .*shortcut_class"):
        DATASETS["iris"](shortcut=0.5, shortcut_class=7).load()


def test_points_and_numbers_carry_no_mark():
    assert mark_of(DATASETS["xor"]) is None
    assert mark_of(DATASETS["diabetes"]) is None


# -- where it does not apply


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("field", "value"), [("missing", 0.1), ("shift", "moved"), ("shift", "rarer"), ("shortcut", 0.5)])
def test_what_does_not_apply_is_refused_in_words(name, field, value):
    data = DATASETS[name]
    fits = data.applies(field)
    fits = fits and not (value == "moved" and data.tokens) and not (value == "rarer" and data.problem != "classification")
    if fits:
        data.model_validate({field: value}).load()
    else:
        with pytest.raises(ValidationError, match=name):
            data.model_validate({field: value})


def test_all_at_once_on_one_table():
    dataset = DATASETS["wine"](few_examples=30, missing=0.2, shift="moved", shortcut=1.0, label_noise=0.1).load()
    assert len(dataset.train) == 30
    assert mask(dataset.train.planted).shape == mask(dataset.train.missing).shape == dataset.train.raw.shape
    assert not mask(dataset.train.missing)[:, -1].any()
    assert np.isfinite(dataset.train.x).all()
