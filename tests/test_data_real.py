"""Pictures and tables against the loaders they come from."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.data._table import encoded
from explorer.experiment import DATASETS


def sorted_rows(values: np.ndarray) -> np.ndarray:
    flat = values.reshape(len(values), -1)
    return flat[np.lexsort(flat.T)]


@pytest.mark.parametrize(
    ("kind", "loader", "options"),
    [
        ("iris", "load_iris", {}),
        ("wine", "load_wine", {}),
        ("breast_cancer", "load_breast_cancer", {}),
        ("diabetes", "load_diabetes", {"scaled": False}),
        ("digits", "load_digits", {}),
    ],
)
def test_all_examples_are_scikit_learns(kind, loader, options):
    from sklearn import datasets

    found = getattr(datasets, loader)(**options)
    samples = DATASETS[kind]().sample(np.random.default_rng(0))
    scale = 16 if kind == "digits" else 1
    ours = np.column_stack([samples.x.reshape(len(samples.y), -1), samples.y.reshape(len(samples.y), -1)])
    theirs = np.column_stack([found.data / scale, found.target]).astype(np.float32)
    np.testing.assert_array_equal(sorted_rows(ours.astype(np.float32)), sorted_rows(theirs))


def test_iris_and_tumours_have_scikit_learns_class_names():
    from sklearn.datasets import load_breast_cancer, load_iris

    assert DATASETS["iris"]().load().class_names == tuple(load_iris().target_names)
    assert DATASETS["breast_cancer"]().load().class_names == tuple(load_breast_cancer().target_names) == ("malignant", "benign")
    assert "tumour diagnosis" in DATASETS["breast_cancer"].summary()


def test_digits_are_pictures_between_0_and_1_also_with_noise():
    dataset = DATASETS["digits"](noise=0.5).load()
    assert dataset.train.raw.shape[1:] == (1, 8, 8)
    assert str(dataset.input_shape) == "channels 1 x height 8 x width 8"
    assert dataset.train.raw.min() == 0
    assert dataset.train.raw.max() == 1
    clean = DATASETS["digits"]().load().train.raw
    inner = (clean > 0.4) & (clean < 0.6)  # seldom cut off
    assert (dataset.train.raw - clean)[inner].std() == pytest.approx(0.5 * clean.std(axis=0).max(), rel=0.35)


def test_table_noise_is_in_each_columns_own_units():
    clean, noisy = (DATASETS["wine"](noise=noise).load().train.raw for noise in (0.0, 0.3))
    assert clean.std(axis=0).max() / clean.std(axis=0).min() > 1000  # proline and hue
    np.testing.assert_allclose((noisy - clean).std(axis=0) / clean.std(axis=0), 0.3, rtol=0.25)


def test_diabetes_target_is_a_score_from_25_to_346():
    dataset = DATASETS["diabetes"]().load()
    scores = np.concatenate([part.y for part in (dataset.train, dataset.test)]) * dataset.target_scale + dataset.target_offset
    assert scores.min() == pytest.approx(25, abs=1e-3)
    assert scores.max() == pytest.approx(346, abs=1e-3)


def test_tips_are_dollars_and_words_are_one_hot():
    from plotly import data

    samples = DATASETS["tips"]().sample(np.random.default_rng(0))
    assert samples.y.sum() == pytest.approx(data.tips()["tip"].sum(), rel=1e-5)
    days = [i for i, name in enumerate(samples.feature_names) if name.startswith("day: ")]
    assert [samples.feature_names[i] for i in days] == ["day: Fri", "day: Sat", "day: Sun", "day: Thur"]
    np.testing.assert_array_equal(samples.x[:, days].sum(axis=1), 1)
    assert samples.x[:, days].sum(axis=0).tolist() == data.tips()["day"].value_counts().sort_index().tolist()


def test_gapminder_gives_powers_of_ten_of_income_and_people():
    from plotly import data

    samples = DATASETS["gapminder"]().sample(np.random.default_rng(0))
    assert samples.y.mean() == pytest.approx(data.gapminder()["lifeExp"].mean(), rel=1e-5)
    income = samples.x[:, 1]
    np.testing.assert_allclose(np.sort(10.0**income), np.sort(data.gapminder()["gdpPercap"]), rtol=1e-4)


@pytest.mark.parametrize(("kind", "proportions"), [("wine", [59, 71, 48]), ("breast_cancer", [212, 357])])
def test_fewer_examples_keep_the_proportions_of_the_classes(kind, proportions):
    samples = DATASETS[kind](size=60).sample(np.random.default_rng(3))
    np.testing.assert_allclose(np.bincount(samples.y), 60 * np.array(proportions) / sum(proportions), atol=1)


def test_rows_with_missing_values_are_left_out():
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, None, 3.0, 4.0], "b": ["no", "yes", None, "yes"], "t": [1.0, 2.0, 3.0, 4.0], "unused": [None] * 4})
    x, y, names = encoded(frame, {"a": "A"}, {"b": "B"}, "t")
    assert names == ("A", "B: no", "B: yes")
    assert x.tolist() == [[1, 1, 0], [4, 0, 1]]
    assert y.tolist() == [[1], [4]]
