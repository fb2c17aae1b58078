"""Own data on their way to a network: choices, gaps, what training never saw, and sets that cannot be used."""

from __future__ import annotations

import numpy as np
import pytest
from ingest_files import csv_of, kept, picture, read_bytes, tone, wav, zip_of

from explorer.errors import DataError
from explorer.experiment import DATASETS, Experiment
from explorer.results.dataset import Dataset


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("NEURAL_EXPLORER_HOME", str(tmp_path))
    return tmp_path


def loaded(kind: str, home, data: bytes, name: str = "t.csv", **fields: object) -> Dataset:
    return DATASETS[kind].model_validate({"content": kept(home, *read_bytes(data, name)), **fields}).load()


def rows(count: int, *more: str) -> bytes:
    """Rows of a number, a town, and a class that follows from the number."""
    return csv_of("x,town,class", *(f"{n},{'AB'[n % 2]},{'low' if n < count / 2 else 'high'}" for n in range(count)), *more)


def both(dataset: Dataset) -> np.ndarray:
    return np.concatenate([dataset.train.raw, dataset.test.raw])


def test_only_own_data_are_uploads():
    assert {name for name in DATASETS if DATASETS[name].upload} == {name for name in DATASETS if name.startswith("own_")}


# -- tables


def test_a_table_is_scaled_and_one_hot_with_a_place_for_the_unknown(home):
    dataset = loaded("own_table", home, rows(40))
    assert dataset.input_names == ("x", "town: A", "town: B", "town: other")
    assert dataset.class_names == ("high", "low")
    assert dataset.train.x[:, 0].mean() == pytest.approx(0, abs=1e-6)
    np.testing.assert_array_equal(both(dataset)[:, 1:].sum(axis=1), 1)


def test_a_level_that_training_has_once_or_never_is_other(home):
    dataset = loaded("own_table", home, rows(40, "3,Rare,low", "30,,high"))
    assert not any("Rare" in name for name in dataset.input_names)
    assert both(dataset)[:, 3].sum() == 2  # the rare one, and the missing one


def test_gaps_are_filled_with_the_middle_of_the_training_part_and_marked(home):
    dataset = loaded("own_table", home, rows(40, *[",A,low"] * 6))
    assert dataset.input_names[:2] == ("x", "x: missing")
    missing = dataset.train.raw[:, 1] == 1
    assert missing.any()
    assert set(dataset.train.raw[missing, 0]) == {np.float32(np.median(dataset.train.raw[~missing, 0]))}
    assert set(dataset.test.raw[dataset.test.raw[:, 1] == 1, 0]) <= set(dataset.train.raw[missing, 0])


def test_rows_with_gaps_can_be_left_out_and_those_without_an_answer_always_are(home):
    data = rows(40, *[",A,low"] * 6, "5,A,")
    assert len(both(loaded("own_table", home, data))) == 46
    assert len(both(loaded("own_table", home, data, gaps="left_out"))) == 40


def test_roles_can_be_changed(home):
    dataset = loaded("own_table", home, rows(40), roles=[("town", "target"), ("class", "ignore")])
    assert (dataset.class_names, dataset.input_names) == (("A", "B"), ("x",))
    number = loaded("own_table_number", home, rows(40), roles=[("x", "target")])
    assert number.target_name == "x (unit as in the file)"
    own = number.train.y * number.target_scale + number.target_offset
    assert set(own.ravel().round(3)) <= set(range(40))


@pytest.mark.parametrize(("kind", "data", "roles", "words"), [
    ("own_table", csv_of("x,class", *(f"{n},same" for n in range(30))), [("class", "target")], "one class only"),
    ("own_table", rows(30, "3,A,single"), [], "1 of 'single' among its 31 examples"),
    ("own_table", rows(2), [], "has 2 examples with class known; it needs at least 4"),
    ("own_table", rows(30), [("nope", "feature")], "has no column “nope”"),
    ("own_table", rows(30), [("class", "ignore")], "nothing to learn"),
    ("own_table", rows(30), [("x", "ignore"), ("town", "ignore")], "is fed to the network"),
    ("own_table", rows(30), [("x", "target"), ("town", "target")], "More than one column"),
    ("own_table", rows(300), [("x", "target")], "300 different values"),
    ("own_table_number", rows(30), [("town", "target")], "holds no numbers"),
    ("own_table", rows(30), [("town", "feature")], "no numbers in the training part"),
    ("own_text", rows(30), [], "no column is a text"),
    ("own_series", csv_of("a,b", "x,y", "z,w"), [], "no column of numbers"),
    ("own_series", rows(30), [], "30 rows are too few"),
])  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused_in_words(home, kind, data, roles, words):
    with pytest.raises(DataError, match=words):
        loaded(kind, home, data, roles=roles)


def test_data_of_another_kind_and_data_that_are_not_here(home):
    with pytest.raises(DataError, match="holds a table, and Own images takes pictures"):
        loaded("own_images", home, rows(30))
    with pytest.raises(DataError, match="not on this computer"):
        DATASETS["own_table"](content="0" * 32).load()


def test_the_record_holds_a_name_and_choices_only(home):
    data = {"kind": "own_table", "content": kept(home, *read_bytes(rows(40))), "roles": [["town", "ignore"]]}
    layers = {"model": {"layers": [{"kind": "output"}]}}
    experiment = Experiment.from_fields({"schema_version": 1, "data": data, "task": {"kind": "classification"}, "networks": layers})
    again = Experiment.from_url(experiment.to_url())
    assert again == experiment
    np.testing.assert_array_equal(again.data.load().train.x, experiment.data.load().train.x)


# -- the others


def test_pictures_in_any_size_and_in_grey(home):
    colours = {"red": (255, 0, 0), "white": (255, 255, 255)}
    data = zip_of({f"{name}/{n}.png": picture(colour) for name, colour in colours.items() for n in range(6)})
    grey = loaded("own_images", home, data, "p.zip", side=12)
    assert grey.input_shape.sizes == (1, 12, 12)
    np.testing.assert_allclose(both(grey).max(axis=(1, 2, 3)), np.where(np.r_[grey.train.y, grey.test.y] == 0, 0.299, 1), atol=1e-5)
    colour = loaded("own_images", home, data, "p.zip", side=40, colour=True)
    assert colour.input_shape.sizes == (3, 40, 40)


def test_pictures_shrink_by_the_mean_of_what_each_pixel_covers():
    from explorer.data.own_images import overlaps

    image = np.arange(36, dtype=np.float32).reshape(6, 6)
    weights = overlaps(6, 3)
    np.testing.assert_allclose(weights @ image @ weights.T, image.reshape(3, 2, 3, 2).mean(axis=(1, 3)), rtol=1e-6)
    np.testing.assert_allclose(overlaps(64, 28).sum(axis=1), 1, rtol=1e-5)


def test_the_vocabulary_is_that_of_the_training_part(home):
    data = csv_of("text,label", *(f"w{n} is a sentence of six words,{'ab'[n % 2]}" for n in range(40)))
    dataset = loaded("own_text", home, data, length=8)
    trained = {dataset.vocabulary[token] for token in np.unique(dataset.train.x)}
    assert set(dataset.vocabulary) == trained | {"<unknown>"}
    assert (dataset.test.x == 1).sum(axis=1).tolist() == [1] * len(dataset.test)  # each begins with a word of its own
    assert (dataset.train.x[:, 0] == 0).all()  # seven words in eight places: nothing before them


def test_texts_by_characters(home):
    data = csv_of("text,label", *(f"{word} is what was written here,{label}" for word, label in [("Ja", "yes"), ("Ne", "no")] * 10))
    dataset = loaded("own_text", home, data, unit="characters", length=2)
    assert {"".join(dataset.vocabulary[token] for token in row) for row in dataset.train.x} == {"ja", "ne"}


def test_examples_of_a_series_share_no_row_between_the_parts(home):
    data = csv_of("time,height", *(f"{n},{n}" for n in np.random.default_rng(0).permutation(500)))
    dataset = loaded("own_series", home, data, history=10, horizon=3, step=1, roles=[("time", "time"), ("height", "target")])
    answers = dataset.train.y * dataset.target_scale + dataset.target_offset
    assert not (set(dataset.train.raw.ravel()) | set(answers.ravel().round())) & set(dataset.test.raw.ravel())
    np.testing.assert_array_equal(np.diff(dataset.test.raw[:, :, 0], axis=1), 1)  # put in order of time
    foreseen = dataset.test.y * dataset.target_scale + dataset.target_offset
    np.testing.assert_allclose(foreseen, dataset.test.raw[:, -1] + [1, 2, 3], atol=1e-3)


def test_a_gap_in_a_series_takes_the_last_value_or_is_left_out(home):
    data = csv_of("height,note", *(f"{'' if n % 7 == 3 else n},-" for n in range(400)))
    filled = both(loaded("own_series", home, data, history=8, horizon=1, step=9))
    assert (np.diff(filled[:, :, 0], axis=1) >= 0).all()
    assert (np.diff(filled[:, :, 0], axis=1) == 0).any()
    assert (np.diff(both(loaded("own_series", home, data, history=8, horizon=1, step=9, gaps="left_out"))[:, :, 0], axis=1) > 0).all()


def test_a_tone_lights_up_the_band_of_its_pitch(home):
    files = {f"{hertz}/{n}.wav": wav(tone(hertz, 1.0)) for hertz in (1_000, 3_000) for n in range(4)}
    dataset = loaded("own_audio", home, zip_of(files), "s.zip", scale="linear", bands=32, frames=8)
    brightest = 31 - both(dataset)[:, 0, :, 4].argmax(axis=1)  # the lowest band is the last row
    expected = np.where(np.r_[dataset.train.y, dataset.test.y] == 0, 1_000, 3_000) / 8_000 * 33 - 1
    np.testing.assert_allclose(brightest, expected, atol=0.6)
    assert dataset.sound_rate == 16_000


# -- which suits


@pytest.mark.parametrize(("data", "name", "wanted"), [
    (rows(40), "t.csv", "own_table"),
    (csv_of("area,price", *(f"{n},{n * 3.5}" for n in range(40))), "t.csv", "own_table_number"),
    (csv_of("area,class", *(f"{n},{n % 3}" for n in range(40))), "t.csv", "own_table"),
    (csv_of("day,sales", *(f"2024-01-{n + 1:02d},{n}" for n in range(28))), "t.csv", "own_series"),
    (csv_of("opinion,label", *(f"this is a sentence of some length no {n},{n % 2}" for n in range(40))), "t.csv", "own_text"),
    (zip_of({f"{c}/{n}.png": picture() for c in "ab" for n in range(3)}), "p.zip", "own_images"),
    (zip_of({f"{c}/{n}.wav": wav(tone(300)) for c in "ab" for n in range(3)}), "s.zip", "own_audio"),
])  # fmt: skip
def test_the_data_set_that_suits_a_file_best_is_found(data, name, wanted):
    about = read_bytes(data, name)[1]
    assert max((kind for kind in DATASETS if DATASETS[kind].upload), key=lambda kind: DATASETS[kind].suits(about)) == wanted
