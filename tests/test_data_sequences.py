"""Tokens and series with known answers: rules, grammars, text and waves, each checked another way than it is drawn."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression

from explorer.data import part_of_speech
from explorer.data.balanced_brackets import balanced_word
from explorer.data.python_text import CHARACTERS, manual
from explorer.data.sine_mixture import PERIODS
from explorer.experiment import DATASETS
from explorer.results.dataset import Dataset

CLOSES = {")": "(", "]": "["}


def both_parts(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """x and y of all examples, the training part first."""
    return np.concatenate([dataset.train.x, dataset.test.x]), np.concatenate([dataset.train.y, dataset.test.y])


def text_of(dataset: Dataset, row: np.ndarray) -> str:
    return "".join(dataset.vocabulary[token] for token in row)


# -- letters


def test_sort_is_what_python_sorts():
    x, y = both_parts(DATASETS["sort"](length=11, letters=5).load())
    assert all(sorted(row) == list(answer) for row, answer in zip(x.tolist(), y.tolist(), strict=True))


def test_reverse_is_what_python_reverses():
    x, y = both_parts(DATASETS["reverse"]().load())
    assert all(row[::-1] == answer for row, answer in zip(x.tolist(), y.tolist(), strict=True))


@pytest.mark.parametrize(("delay", "length", "kept"), [(1, 8, 1), (3, 8, 3), (32, 8, 7)])
def test_copy_says_each_letter_again_after_the_delay(delay, length, kept):
    dataset = DATASETS["copy"](delay=delay, length=length).load()
    x, y = both_parts(dataset)
    np.testing.assert_array_equal(y[:, kept:], x[:, : length - kept])
    assert {dataset.class_names[tag] for tag in y[:, :kept].ravel()} == {"·"}


@pytest.mark.parametrize("name", ["copy", "reverse", "sort"])
def test_letters_are_equally_frequent_and_named(name):
    dataset = DATASETS[name](size=4000, letters=4).load()
    x, _ = both_parts(dataset)
    np.testing.assert_allclose(np.bincount(x.ravel()) / x.size, 0.25, atol=0.01)
    assert dataset.vocabulary == ("a", "b", "c", "d")
    assert dataset.class_names[:4] == dataset.vocabulary


def test_noise_is_refused_for_tokens_with_what_to_do():
    with pytest.raises(ValidationError, match=r"copy holds tokens.*set noise to 0"):
        DATASETS["copy"](noise=0.5)


# -- brackets


def is_balanced(row: str) -> bool:
    stack = []
    for bracket in row:
        if bracket in CLOSES.values():
            stack.append(bracket)
        elif not stack or stack.pop() != CLOSES[bracket]:
            return False
    return not stack


@pytest.mark.parametrize("kinds", [1, 2])
@pytest.mark.parametrize("pairs", [4, 10, 32])
def test_balanced_rows_are_balanced_by_a_stack_and_the_others_are_not(pairs, kinds):
    dataset = DATASETS["balanced_brackets"](pairs=pairs, kinds=kinds, size=600).load()
    x, y = both_parts(dataset)
    assert [dataset.class_names[label] == "balanced" for label in y] == [is_balanced(text_of(dataset, row)) for row in x]
    assert np.bincount(y).tolist() == [300, 300]


@pytest.mark.parametrize("kinds", [1, 2])
def test_counting_says_nothing_of_balance(kinds):
    dataset = DATASETS["balanced_brackets"](kinds=kinds).load()
    size = len(dataset.vocabulary)
    opening, closing = (np.stack([(dataset.train.x == token).sum(1) for token in range(first, size, 2)], 1) for first in (0, 1))
    np.testing.assert_array_equal(opening, closing)
    assert set(dataset.train.x[:, 0]) <= {0, 2}
    assert set(dataset.train.x[:, -1]) <= {1, 3}

    def counts(x: np.ndarray) -> np.ndarray:
        """How often each bracket, and each pair of neighbours, comes in a row."""
        neighbours = np.eye(size**2)[x[:, 1:] + size * x[:, :-1]].sum(1)
        return np.concatenate([np.eye(size)[x].sum(1), neighbours], 1)

    judge = LogisticRegression(max_iter=2000).fit(counts(dataset.train.x), dataset.train.y)
    assert judge.score(counts(dataset.test.x), dataset.test.y) < 0.62


def test_every_balanced_word_is_as_likely_as_every_other():
    rng = np.random.default_rng(0)
    counts = Counter(balanced_word(4, rng).tobytes() for _ in range(7000))
    assert len(counts) == 14  # the fourth Catalan number
    assert all(400 < count < 600 for count in counts.values())


# -- words


def readings(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Every row of tags that the grammar allows for a sentence, found by trying all of it."""
    fitting = (parts for parts in part_of_speech.SENTENCES if len(parts) == len(words))
    fitting = (
        parts for parts in fitting if all(word in part_of_speech.WORDS[part].split() for word, part in zip(words, parts, strict=True))
    )
    return {tuple(part_of_speech.TAG_OF[part] for part in parts) for parts in fitting}


def test_every_sentence_has_one_reading_and_it_is_the_answer():
    dataset = DATASETS["part_of_speech"](size=300).load()
    for x, y in zip(*both_parts(dataset), strict=True):
        words, tags = [dataset.vocabulary[token] for token in x], [dataset.class_names[tag] for tag in y]
        assert words[-1] == "."
        ends = [0, *(place + 1 for place, word in enumerate(words) if word == ".")]
        for start, end in itertools.pairwise(ends):
            assert readings(tuple(words[start:end])) == {tuple(tags[start:end])}


def best_share(x: np.ndarray, y: np.ndarray, seen: slice) -> float:
    """Share of words tagged right by who knows, of every row, only the `seen` part around a word (place 2 of five), at best."""
    tags = defaultdict(Counter)
    padded = np.pad(x, ((0, 0), (2, 2)), constant_values=-1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1)[:, :, seen]
    for window, tag in zip(windows.reshape(-1, windows.shape[2]), y.ravel(), strict=True):
        tags[window.tobytes()][int(tag)] += 1
    return sum(counter.most_common(1)[0][1] for counter in tags.values()) / y.size


def test_tags_need_the_words_on_both_sides():
    x, y = both_parts(DATASETS["part_of_speech"](size=4000).load())
    assert best_share(x, y, slice(2, 3)) < 0.92  # the word alone
    assert best_share(x, y, slice(0, 3)) < 0.975  # and two before it
    assert best_share(x, y, slice(2, 5)) < 0.99  # and two after it
    assert best_share(x, y, slice(0, 5)) > 0.999


# -- text


def test_the_text_is_one_piece_of_the_manual():
    dataset = DATASETS["python_text"](length=16, size=100).load()
    x, y = both_parts(dataset)
    np.testing.assert_array_equal(x[:, 1:], y[:, :-1])
    whole = "".join(CHARACTERS[token] for token in manual())
    piece = "".join(text_of(dataset, np.append(row, last)) for row, last in zip(x, y[:, -1], strict=True))
    assert piece in whole


def test_no_stretch_of_text_lies_over_another():
    dataset = DATASETS["python_text"]().load()
    train, test = (
        "".join(text_of(dataset, row) + dataset.vocabulary[last[-1]] for row, last in zip(part.x, part.y, strict=True))
        for part in (dataset.train, dataset.test)
    )
    whole = "".join(CHARACTERS[token] for token in manual())
    assert whole.index(train) + len(train) == whole.index(test)


def test_the_manual_is_english_in_few_characters():
    text = "".join(CHARACTERS[token] for token in manual())
    assert len(text) > 150_000
    assert set(text) <= set(CHARACTERS)
    assert "  " not in text
    assert {"the", "of", "statement", "function"} <= set(text.split())
    assert Counter(text).most_common(2)[0][0] == " "


def test_a_seed_takes_another_piece_of_the_text():
    first, second = (DATASETS["python_text"](seed=seed, size=50).load().train.x for seed in (0, 1))
    assert not np.array_equal(first, second)


# -- series


def test_the_tide_has_the_periods_of_moon_and_sun():
    """x(t + h) + x(t - h) = 2 cos(2 pi h / P) x(t) for a wave of period P: four such filters in a row leave nothing of four waves."""
    dataset = DATASETS["sine_mixture"]().load()
    whole = np.concatenate([dataset.train.raw[:, :, 0], dataset.train.y * dataset.target_scale + dataset.target_offset], axis=1).astype(
        np.float64
    )
    left, left_by_three = whole, whole
    for number, period in enumerate(PERIODS):
        left = left[:, 8:] + left[:, :-8] - 2 * np.cos(2 * np.pi * 4 / period) * left[:, 4:-4]
        if number < 3:
            left_by_three = left
    assert left.std() < 1e-4 * whole.std()
    assert left_by_three.std() > 1e-2 * whole.std()
    assert np.abs(whole).max() < 2.06


def test_stretches_of_the_tide_begin_at_every_hour_of_the_day():
    for history, horizon in ((36, 12), (24, 24), (7, 3)):
        spec = DATASETS["sine_mixture"](history=history, horizon=horizon, size=200)
        starts = spec.load().train.raw[:24, 0, 0]
        assert len(set(np.round(starts, 3))) == 24


def test_waves_have_the_shapes_they_are_named_after():
    dataset = DATASETS["wave_shapes"](size=400).load()
    x, y = both_parts(dataset)
    of = {name: x[y == label, :, 0] for label, name in enumerate(dataset.class_names)}
    assert max(len(set(np.round(wave, 4))) for wave in of["square"]) == 2
    for name, waves in of.items():
        height = np.abs(waves).max(1)
        assert height.max() <= 1, name
        assert height.min() > 0.5, name
    slopes = np.abs(np.diff(of["triangle"], axis=1))
    assert (np.abs(slopes / slopes.max(1, keepdims=True) - 1) < 1e-3).mean() > 0.7  # one slope, up or down, but at the corners
    rises = np.diff(of["sawtooth"], axis=1)
    assert (rises > 0).mean() > 0.85
    following = [np.corrcoef(waves[:, 1:].ravel(), waves[:, :-1].ravel())[0, 1] for waves in (of["sine"], of["noise"])]
    assert following[0] > 0.8
    assert abs(following[1]) < 0.1
