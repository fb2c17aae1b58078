"""What a profile says of a data set is so: against NumPy, pandas and scikit-learn, and with faults planted to be found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score, roc_auc_score

from explorer.data._openml import OnlineData
from explorer.errors import DataError
from explorer.experiment import DATASETS, DataSpec
from explorer.profiles import findings, giveaways
from explorer.profiles.columns import columns, correlated, correlations, histogram, known, target
from explorer.profiles.counting import answer_counts, lengths, token_counts
from explorer.profiles.curves import autocorrelation, bands, class_pictures, echoes
from explorer.profiles.duplicates import duplicates
from explorer.profiles.profile import how_split, profile
from explorer.profiles.spoiling import details_of, effects, in_use, spoiling_fields, unspoilt
from explorer.profiles.steps import answer_in_words, fed_in_words, stages
from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Counts, Profile
from explorer.results.shape import Shape

ALL = list(DATASETS)
EXPLAINED = {  # ready sets in which something is wrong indeed -> what is found, and why that is right
    "painted": {"One input by itself"},  # the filling lies above the bowl: the height of a point decides
    "own_audio": {"One input by itself"},  # until somebody brings sounds: a hum, a whistle and a hiss, each in a band of its own
}


def loaded(name: str, **fields) -> tuple[Profile, Dataset]:
    data = DATASETS[name].model_validate(fields)
    dataset = data.load()
    return profile(data, dataset), dataset


def table(x: np.ndarray, y: np.ndarray, tested: int, names: tuple[str, ...] = ()) -> Dataset:
    """A data set of numbers in two classes, the first `tested` examples for testing."""
    parts = [Part(x[rows], x[rows], y[rows], np.zeros(len(y[rows]), bool)) for rows in (slice(tested, None), slice(tested))]
    named = names or tuple(f"c{i}" for i in range(x.shape[1]))
    zero, one = np.zeros(1, np.float32), np.ones(1, np.float32)
    return Dataset(parts[0], parts[1], Shape.features(x.shape[1]), "classification", 0, ("no", "yes"), named, "", zero, one)


def noise_table(columns: int = 10, size: int = 400, seed: int = 0) -> Dataset:
    """Numbers that have nothing to do with the answer, nor with one another."""
    rng = np.random.default_rng(seed)
    return table(rng.standard_normal((size, columns)).astype(np.float32), rng.integers(0, 2, size), size // 4)


def with_column(dataset: Dataset, position: int, values: tuple[np.ndarray, np.ndarray]) -> Dataset:
    parts = []
    for part, column in zip((dataset.train, dataset.test), values, strict=True):
        x = part.x.copy()
        x[:, position] = column
        parts.append(replace(part, raw=x, x=x))
    return replace(dataset, train=parts[0], test=parts[1])


def ready(data: DataSpec) -> Dataset:
    """What it draws; a set that has nothing on this machine says so in words, and there is nothing to look at."""
    try:
        return data.load()
    except DataError as error:
        pytest.skip(str(error))


def levels(found: Profile) -> dict[str, str]:
    return {one.about: one.level for one in found.findings}


def test_classes_are_counted_in_both_parts():
    found, dataset = loaded("digits", size=300)
    for counts, part in ((found.answers.train, dataset.train), (found.answers.test, dataset.test)):
        assert counts.tolist() == [int((part.y == digit).sum()) for digit in range(10)]
    assert found.answers.what == "examples"


def test_tags_are_counted_token_by_token():
    counts = answer_counts(DATASETS["part_of_speech"](size=100).load())
    assert counts.what == "tokens"
    assert counts.train.sum() == 70 * 12


def test_tokens_come_in_order_of_their_frequency():
    dataset = DATASETS["python_text"](size=200).load()
    counts = token_counts(dataset)
    words = pd.Series([dataset.vocabulary[i] for i in dataset.train.raw.ravel()]).value_counts()
    assert dict(zip(counts.names, counts.train, strict=True)) == {name: words.get(name, 0) for name in dataset.vocabulary}
    assert list(counts.train) == sorted(counts.train, reverse=True)


def test_what_only_the_test_part_has_is_counted():
    assert Counts("tokens", ("a", "b", "c"), np.array([3, 0, 0]), np.array([1, 2, 5])).never_trained == 7


def test_columns_are_summed_up_as_pandas_does():
    found, dataset = loaded("wine")
    frame = pd.DataFrame(dataset.train.raw.astype(float), columns=list(dataset.input_names))
    for one in found.columns:
        column = frame[one.name]
        expected = [column.mean(), column.std(ddof=0), column.min(), column.max(), column.nunique()]
        np.testing.assert_allclose([one.mean, one.deviation, one.low, one.high, one.distinct], expected)
        assert one.missing_train == one.missing_test == 0


def test_missing_values_are_counted_and_left_out():
    dataset = DATASETS["wine"](missing=0.2).load()
    frame = pd.DataFrame(known(dataset.train))
    for i, one in enumerate(columns(dataset)):
        assert one.missing_train == frame[i].isna().sum()
        np.testing.assert_allclose(one.mean, frame[i].mean(), rtol=1e-5)
    found = profile(DATASETS["wine"](missing=0.2), dataset)
    assert levels(found)["Missing values"] == "look"


def test_a_column_of_which_nothing_is_there_is_no_accident():
    dataset = noise_table(3)
    gone = np.zeros(dataset.train.raw.shape, bool)
    gone[:, 1] = True
    one = columns(replace(dataset, train=replace(dataset.train, missing=gone)))[1]
    assert (one.missing_train, one.distinct) == (300, 0)
    assert np.isnan([one.mean, one.deviation, one.low, one.high]).all()


def test_the_target_is_described_in_its_own_unit():
    dataset = DATASETS["tips"]().load()
    tips = dataset.train.y[:, 0] * dataset.target_scale[0] + dataset.target_offset[0]
    np.testing.assert_allclose([target(dataset).mean, target(dataset).high], [tips.mean(), tips.max()], rtol=1e-5)
    assert target(DATASETS["iris"]().load()) is None


def test_correlations_are_those_of_pandas():
    dataset = DATASETS["diabetes"]().load()
    found = correlations(dataset)
    frame = pd.DataFrame(dataset.train.raw.astype(float), columns=list(dataset.input_names))
    frame[dataset.target_name] = dataset.train.y[:, 0]
    np.testing.assert_allclose(found.values, frame.corr().to_numpy(), atol=1e-6)
    assert found.names == tuple(frame.columns)


def test_correlations_with_gaps_are_those_of_pandas():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((60, 4)) @ rng.standard_normal((4, 4))
    values[rng.random(values.shape) < 0.3] = np.nan
    np.testing.assert_allclose(correlated(values), pd.DataFrame(values).corr().to_numpy(), atol=1e-9)


def test_a_constant_column_correlates_with_nothing():
    values = np.column_stack([np.arange(9.0), np.full(9, 0.1), -np.arange(9.0)])
    found = correlated(values)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[0, 2], -1)


def test_the_strongest_correlation_is_found():
    found = correlations(table(np.array([[0, 5, 0.2], [1, 3, -0.1], [2, 1, 0.3], [3, -1, 0], [9, 9, 9]], np.float32), np.arange(5) % 2, 1))
    first, second, size = found.strongest()
    assert {first, second} <= {"c0", "c1", "c2"}
    frame = np.corrcoef(np.array([[1, 3, -0.1], [2, 1, 0.3], [3, -1, 0], [9, 9, 9]]).T)
    np.testing.assert_allclose(abs(size), np.abs(frame[np.triu_indices(3, 1)]).max(), atol=1e-6)


def test_histograms_hold_every_training_example_once():
    dataset = DATASETS["iris"]().load()
    found = histogram(dataset, "petal length (cm)")
    assert found.counts.sum(axis=1).tolist() == np.bincount(dataset.train.y).tolist()
    expected, _ = np.histogram(dataset.train.raw[dataset.train.y == 1, 2], found.edges)
    assert found.counts[1].tolist() == expected.tolist()


def test_whole_numbers_get_a_bar_each():
    found = histogram(DATASETS["tips"]().load(), "people at the table")
    assert np.diff(found.edges).tolist() == [1] * 6
    assert found.edges[0] == 0.5


def test_the_answers_of_both_parts_share_their_bins():
    dataset = DATASETS["diabetes"]().load()
    found = histogram(dataset, dataset.target_name)
    assert found.groups == ("training", "test")
    assert found.counts.sum(axis=1).tolist() == [len(dataset.train), len(dataset.test)]


def test_mean_pictures_and_middle_curves():
    dataset = DATASETS["digits"](size=200).load()
    np.testing.assert_allclose(class_pictures(dataset)[3], dataset.train.raw[dataset.train.y == 3].mean(axis=0), atol=1e-6)
    waves = DATASETS["wave_shapes"](size=100).load()
    square = next(one for one in bands(waves) if one.name == "square")
    rows = waves.train.raw[waves.train.y == 2, :, 0]
    np.testing.assert_allclose(square.middle, np.median(rows, axis=0), atol=1e-6)
    assert ((square.low <= square.middle) & (square.middle <= square.high)).all()


def test_planted_duplicates_are_found_and_nothing_else():
    dataset = noise_table()
    assert len(duplicates(dataset).exact) == len(duplicates(dataset).near) == 0
    raw = dataset.test.raw.copy()
    raw[[3, 50]] = dataset.train.raw[[7, 120]]
    raw[[4, 51, 60]] = dataset.train.raw[[8, 121, 9]] * np.float32(1.0001)
    found = duplicates(replace(dataset, test=replace(dataset.test, raw=raw)))
    assert found.exact.tolist() == [[3, 7], [50, 120]]
    assert found.near.tolist() == [[4, 8], [51, 121], [60, 9]]
    assert (found.repeated, found.contradicting) == (0, 0)


def test_blank_examples_are_no_alarm():
    dataset = noise_table()
    parts = [replace(part, raw=np.where(np.arange(len(part))[:, None] < 9, 0, part.raw)) for part in (dataset.train, dataset.test)]
    found = profile(DATASETS["wine"](), replace(dataset, train=parts[0], test=parts[1]))
    assert found.duplicates.blank == len(found.duplicates.exact) == 9
    assert levels(found)["The same example in both parts"] == "look"
    assert "all of them are blank" in found.findings[0].words


def test_examples_that_contradict_each_other_are_counted():
    x = np.repeat(np.arange(5, dtype=np.float32), 2)[:, None]
    y = np.array([0, 1, 0, 0, 1, 1, 0, 1, 1, 0])
    found = duplicates(table(x, y, 2))
    assert (found.repeated, found.contradicting) == (4, 2)


def test_duplicates_raise_an_alarm_where_they_matter():
    dataset = noise_table()
    raw = dataset.test.raw.copy()
    raw[:10] = dataset.train.raw[:10]
    found = profile(DATASETS["wine"](), replace(dataset, test=replace(dataset.test, raw=raw)))
    assert levels(found)["The same example in both parts"] == "alarm"
    assert "10 of 100 test examples (10.0%)" in found.findings[0].words


def test_an_input_that_gives_the_answer_away_is_found():
    dataset = noise_table()
    assert giveaways.best_rule(dataset).avoided < 0.3
    leak = with_column(dataset, 6, (dataset.train.y * 2.5 + 1, dataset.test.y * 2.5 + 1))
    rule = giveaways.best_rule(leak)
    assert (rule.feature, rule.score, rule.auroc, rule.avoided) == ("c6", 1, 1, 1)
    assert findings.of_rule(rule, "classification").level == "alarm"


def test_a_rule_that_ranks_is_found_in_a_rare_class():
    rng = np.random.default_rng(1)
    y = (rng.random(4000) < 0.02).astype(int)
    x = rng.standard_normal((4000, 5)).astype(np.float32)
    x[:, 2] = y * 6 + rng.standard_normal(4000)
    rule = giveaways.best_rule(table(x, y, 1000))
    assert rule.feature == "c2"
    assert rule.auroc > 0.99
    assert findings.of_rule(rule, "classification").level == "alarm"


def test_the_area_under_the_curve_is_that_of_scikit_learn():
    rng = np.random.default_rng(2)
    score, positive = rng.integers(0, 5, 200) / 5, rng.random(200) < 0.3
    np.testing.assert_allclose(giveaways._auroc(score, positive), roc_auc_score(positive, score))


def test_a_rule_for_numbers_is_measured_by_its_r2():
    dataset = DATASETS["diabetes"]().load()
    copied = with_column(dataset, 4, (dataset.train.y[:, 0], dataset.test.y[:, 0]))
    rule = giveaways.best_rule(copied)
    assert (rule.feature, rule.measure) == (dataset.input_names[4], "R²")
    assert rule.score > 0.95
    assert abs(rule.baseline) < 0.1


def test_the_token_by_itself_answers_what_it_answers_most_often():
    dataset = DATASETS["part_of_speech"](size=300).load()
    words, tags = dataset.train.raw.ravel(), dataset.train.y.ravel()
    most = pd.Series(tags).groupby(words).agg(lambda y: np.bincount(y).argmax())
    expected = (most.loc[dataset.test.raw.ravel()].to_numpy() == dataset.test.y.ravel()).mean()
    np.testing.assert_allclose(giveaways.best_rule(dataset).score, expected)


@pytest.mark.parametrize("name", ["digits", "wine", "wave_shapes"])
def test_a_planted_shortcut_is_named(name):
    cls = DATASETS[name]
    found = profile(cls(shortcut=1), cls(shortcut=1).load())
    (effect,) = found.effects
    plain = profile(cls(), cls().load())
    assert effect.name == "shortcut"
    assert "marks class" in effect.words
    assert plain.effects == ()


def test_a_planted_mark_that_does_not_hold_in_the_test_part_raises_an_alarm():
    found = profile(DATASETS["wine"](shortcut=0.95), DATASETS["wine"](shortcut=0.95).load())
    assert (found.marker.feature, found.marker.name) == ("planted column", "variety 1")
    assert found.marker.train > 0.95
    assert found.marker.test < 0.5
    assert levels(found)["One input marks a class"] == "alarm"


def test_the_input_that_marks_a_class_is_the_one_everybody_knows():
    found, _ = loaded("iris")
    assert found.marker.name == "setosa"
    assert found.marker.feature.startswith("petal")
    assert found.marker.certainty > 0.9
    assert min(found.marker.train, found.marker.test) > 0.98
    assert levels(found)["One input marks a class"] == "look"


def test_what_is_told_about_a_class_is_mutual_information_over_entropy():
    rng = np.random.default_rng(4)
    place, y = rng.integers(0, 6, 500), rng.integers(0, 3, 500)
    y[place == 2] = 1
    is_it = y == 1
    expected = mutual_info_score(place, is_it) / mutual_info_score(is_it, is_it)
    np.testing.assert_allclose(giveaways._told(giveaways._joint(place, y, 6, 3), 1), expected)


def test_a_planted_word_is_the_input_that_tells_most():
    rule = giveaways.best_rule(DATASETS["balanced_brackets"](shortcut=1, shortcut_test="as_in_training").load())
    assert rule.feature == "how often 'keyword' comes"
    assert rule.score == 1


def test_flipped_labels_are_counted():
    data = DATASETS["wine"](label_noise=0.2)
    dataset = data.load()
    (effect,) = effects(data, dataset)
    assert effect.words == f"{dataset.train.flipped.sum()} of {len(dataset.train)} training labels are wrong now."


def test_noise_is_measured_as_it_was_asked_for():
    data = DATASETS["wine"](noise=0.5, size=178)
    (effect,) = effects(data, data.load())
    moved = [float(part.split(" of their own")[0].split()[-1]) for part in effect.words.split("; ")]
    np.testing.assert_allclose(moved, [0.5, 0.5], atol=0.05)


def test_imbalance_says_which_class_became_rare():
    data = DATASETS["moons"](imbalance=0.9)
    dataset = data.load()
    (effect,) = effects(data, dataset)
    assert f"→ {np.bincount(dataset.train.y).min()} to train on" in effect.words
    assert f"training part: 350 → {len(dataset.train)} examples" in effect.words.lower()


def test_what_says_how_is_no_hardship_of_its_own():
    assert details_of("shift") == ["shift_strength"]
    assert in_use(DATASETS["wine"](shift_strength=2.0)) == []
    assert in_use(DATASETS["wine"](shift="moved", shift_strength=2.0)) == ["shift"]


@pytest.mark.parametrize("name", ALL)
def test_the_steps_of_an_example_end_in_what_the_network_is_fed(name):
    data = DATASETS[name]()
    dataset = ready(data)
    for part in ("training", "test"):
        steps = stages(data, dataset, dataset, part, 1)
        fed = (dataset.train if part == "training" else dataset.test).x[1]
        np.testing.assert_allclose(steps[-1].values.reshape(fed.shape), fed, atol=1e-5, err_msg=name)
        assert not steps[0].names or len(steps[0].names) == steps[0].values.size
    assert fed_in_words(dataset)


def test_the_steps_show_what_was_done_to_an_example():
    data = DATASETS["wine"](noise=0.5, label_noise=0.9)
    dataset, plain = data.load(), unspoilt(data).load()
    steps = stages(data, dataset, plain, "training", 0)
    assert [one.name for one in steps] == ["as drawn", "made harder", "scaled"]
    np.testing.assert_array_equal(steps[0].values, plain.train.raw[0])
    flipped = int(np.flatnonzero(dataset.train.flipped)[0])
    assert "wrong label" in answer_in_words(dataset, "training", flipped)


@pytest.mark.parametrize("name", ALL)
def test_every_data_set_has_a_profile_and_no_false_alarm(name):
    data = DATASETS[name]()
    dataset = ready(data)
    found = profile(data, dataset)
    alarms = {one.about for one in found.findings if one.level == "alarm"}
    if not isinstance(data, OnlineData):  # tests hold made-up rows of those, and few
        assert alarms <= EXPLAINED.get(name, set())
    assert (found.split.train, found.split.test) == (len(dataset.train), len(dataset.test))
    assert how_split(data)
    assert found.effects == ()
    for one in found.findings:
        assert one.words[-1] == "."
        assert "nan" not in one.words


@pytest.mark.parametrize("name", ALL)
def test_every_hardship_that_applies_leaves_a_trace_in_words(name):
    cls, harder = DATASETS[name], {"shift": "moved", "few_examples": 12}
    for field in spoiling_fields(cls):
        if field in {detail for one in spoiling_fields(cls) for detail in details_of(one)}:
            continue
        try:
            data = cls.model_validate({"size": min(cls().size, 200), field: harder.get(field, 0.5)})
            found = effects(data, data.load())
        except (DataError, ValueError):
            continue
        assert [one.name for one in found] == [field]
        assert "nothing changed" not in found[0].words.lower(), (field, found[0].words)


def test_autocorrelation_is_that_of_numpy():
    rng = np.random.default_rng(3)
    row = rng.standard_normal(50).cumsum()
    centred = row - row.mean()
    expected = [np.mean(centred[: 50 - lag] * centred[lag:]) / centred.var() for lag in range(20)]
    np.testing.assert_allclose(autocorrelation(row[None], 20), expected)
    assert autocorrelation(np.ones((2, 9)), 4).tolist() == [0, 0, 0, 0]


def test_a_wave_is_like_itself_a_turn_later_and_noise_is_not():
    found = {echo.name: echo.values for echo in echoes(DATASETS["wave_shapes"](turns=2.0, size=400).load())}
    assert found["sine"][1] > 0.9
    assert np.abs(found["noise"][1:12]).max() < 0.1
    (tide,) = echoes(DATASETS["sine_mixture"]().load())
    assert 6 + int(tide.values[6:20].argmax()) == 12  # hours: twice a day


@pytest.mark.parametrize(("name", "token"), [("sentiment", "·"), ("own_text", "<nothing>")])
def test_what_fills_rows_up_is_told_from_words(name, token):
    dataset = DATASETS[name]().load()
    assert dataset.vocabulary[dataset.filler] == token
    assert token not in token_counts(dataset).names
    found = lengths(dataset)
    expected = [sum(dataset.vocabulary[i] != token for i in row) for row in dataset.train.raw]
    middles = (found.edges[1:] + found.edges[:-1]) / 2
    assert dict(zip(middles, found.counts[0], strict=True)) == {m: expected.count(m) for m in middles}


@pytest.mark.parametrize("name", ["python_text", "part_of_speech", "copy", "balanced_brackets", "ratings"])
def test_rows_of_one_length_have_no_filler(name):
    dataset = DATASETS[name]().load()
    assert dataset.filler == -1
    assert lengths(dataset) is None


def test_several_labels_are_counted_one_by_one():
    dataset = DATASETS["shapes_together"]().load()
    counts = answer_counts(dataset)
    assert counts.train.tolist() == dataset.train.y.sum(axis=0).astype(int).tolist()
    names = [name for name, holds in zip(dataset.class_names, dataset.test.y[0], strict=True) if holds]
    assert answer_in_words(dataset, "test", 0) == (", ".join(names) or "none")
