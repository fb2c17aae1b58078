"""The ready sets that are made up by rules: every answer found again in another way than it was drawn."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
import pytest
from plotly import data as plotly_data
from sklearn.linear_model import LogisticRegression

from explorer.data import _drawing, _speech, date_translation, fraud, sentiment, series_anomalies
from explorer.experiment import DATASETS
from explorer.results.dataset import Dataset


def both_parts(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Raw inputs and answers of all examples, the training part first."""
    return np.concatenate([dataset.train.raw, dataset.test.raw]), np.concatenate([dataset.train.y, dataset.test.y])


# -- adding


@pytest.mark.parametrize("length", [2, 3, 12])
def test_the_answer_is_the_sum_of_the_two_marked_numbers(length):
    dataset = DATASETS["adding"](length=length, size=300).load()
    for part in (dataset.train, dataset.test):
        y = part.y * dataset.target_scale + dataset.target_offset
        for row, answer in zip(part.raw, y[:, 0], strict=True):
            first, second = np.flatnonzero(row[:, 1])
            assert first < length // 2 <= second
            assert answer == pytest.approx(row[first, 0] + row[second, 0], abs=1e-5)


def test_who_always_says_1_is_wrong_by_a_sixth():
    samples = DATASETS["adding"](size=20_000).sample(np.random.default_rng(0))
    assert np.square(samples.y - 1).mean() == pytest.approx(1 / 6, rel=0.03)


# -- dates


FORMATS = ("%d %B %Y", "%B %d, %Y", "%b %d %Y")


def read(text: str) -> datetime:
    """A date as Python reads it; a year of two digits lies between 1950 and 2049."""
    if match := re.fullmatch(r"(\d+)\.(\d+)\.(\d\d)", text):
        day, month, year = map(int, match.groups())
        return datetime(year + (1900 if year >= 50 else 2000), month, day)
    for form in FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise AssertionError(text)


def test_dates_are_translated_as_python_reads_them():
    dataset = DATASETS["date_translation"](size=500).load()
    x, y = both_parts(dataset)
    seen = set()
    for row, answer in zip(x, y, strict=True):
        text = "".join(dataset.vocabulary[token] for token in row).rstrip("·")
        assert "".join(dataset.class_names[tag] for tag in answer).rstrip("·") == f"{read(text):%Y-%m-%d}"
        seen.add(re.sub(r"\d+", "0", re.sub(r"[A-Z][a-z]+", lambda match: "Mmm" if len(match[0]) == 3 else "Mmmm", text)))
    assert seen >= {"0 Mmmm 0", "Mmmm 0, 0", "0.0.0", "Mmm 0 0"}


def test_every_date_there_can_be_fits_its_row():
    days = [date_translation.FIRST, datetime(1998, 9, 30).date(), datetime(2049, 12, 31).date()]
    assert max(len(form(day)) for form in date_translation.FORMS for day in days) == date_translation.LENGTH
    assert (days[-1] - days[0]).days + 1 == date_translation.DAYS


# -- opinions


def opinion(words: str) -> bool:
    """Read with regular expressions: the clause that decides, and whether "not" turns it around."""
    decides = re.split(r" but | , ", words)[-1].split(" and ")[0]
    adjective = decides.split()[-1]
    assert (adjective in sentiment.GOOD) != (adjective in sentiment.BAD)
    return (adjective in sentiment.GOOD) != (" not " in decides)


def test_the_opinion_is_that_of_the_clause_that_decides():
    dataset = DATASETS["sentiment"]().load()
    x, y = both_parts(dataset)
    for row, liked in zip(x, y, strict=True):
        words = " ".join(dataset.vocabulary[token] for token in row)
        sentence = words.replace("·", "").strip().removesuffix(" .")
        assert len(row) == sentiment.LENGTH
        assert opinion(sentence) == bool(liked), sentence


def test_counting_words_fails_with_not_and_works_better_without():
    def score(negated: float) -> float:
        dataset = DATASETS["sentiment"](negated=negated, size=6000).load()
        counts = [np.stack([(part.x == t).sum(1) for t in range(len(dataset.vocabulary))], 1) for part in (dataset.train, dataset.test)]
        return LogisticRegression(max_iter=500).fit(counts[0], dataset.train.y).score(counts[1], dataset.test.y)

    assert score(0.5) < 0.56
    assert score(0.0) > 0.7


# -- what is rare


@pytest.mark.parametrize("kind", ["fraud", "series_anomalies"])
@pytest.mark.parametrize(("size", "share", "few"), [(1000, 0.1, 100), (100, 0.01, 4), (20, 0.5, 10)])
def test_so_many_are_rare(kind, size, share, few):
    samples = DATASETS[kind](size=size, share=share).sample(np.random.default_rng(0))
    assert samples.y.sum() == few
    assert DATASETS[kind].anomalies


def test_fraud_is_dear_far_and_at_night_or_one_of_many():
    samples = DATASETS["fraud"](size=50_000).sample(np.random.default_rng(0))
    stolen = samples.x[samples.y == 1]
    dear = stolen[:, 5] == 0  # in a shop
    assert 0.4 < dear.mean() < 0.6
    assert ((stolen[dear, 1] < 9) | (stolen[dear, 1] > 19)).mean() > 0.95
    assert stolen[dear, 2].min() > 1
    assert stolen[~dear, 3].min() >= 2
    assert stolen[dear, 0].min() > 1.2
    assert stolen[~dear, 0].mean() == pytest.approx(0.7, abs=0.05)


def test_no_single_number_of_a_payment_gives_fraud_away():
    samples = DATASETS["fraud"](size=50_000).sample(np.random.default_rng(1))
    honest, stolen = samples.x[samples.y == 0], samples.x[samples.y == 1]
    low, high = np.quantile(stolen, [0.01, 0.99], axis=0)
    inside = ((honest >= low) & (honest <= high)).mean(axis=0)
    assert len(inside) == len(fraud.COLUMNS)
    assert (inside > 0.03).all()  # as many as there are frauds, and more


def test_a_machine_that_runs_well_repeats_itself_and_each_fault_breaks_that():
    dataset = DATASETS["series_anomalies"](size=4000).load()
    x, y = both_parts(dataset)
    turn = series_anomalies.TURN
    broken = np.abs(x[:, turn:, 0] - x[:, :-turn, 0]).max(axis=1)
    assert broken[y == 0].max() < 0.9  # twice the noise, its extremes
    assert np.quantile(broken[y == 1], 0.02) > 0.9


def test_each_fault_is_as_frequent_as_the_others_and_is_what_it_is_called():
    spec = DATASETS["series_anomalies"](size=1000, share=0.4)
    x = spec.sample(np.random.default_rng(0)).x[:, :, 0]
    faulty = x[spec.sample(np.random.default_rng(0)).y == 1]
    spikes, standstills, jumps, _ = (faulty[number :: len(series_anomalies.FAULTS)] for number in range(4))
    assert (np.abs(spikes).max(axis=1) > 1.4).mean() > 0.8
    assert all(longest_run(row == 0) == series_anomalies.TURN for row in standstills)
    assert np.mean(jumps[:, -4:].mean() - jumps[:, :4].mean()) == pytest.approx(1.2, abs=0.15)


def longest_run(there: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


# -- shares


def test_a_share_s_stretches_are_its_weeks_in_order_and_none_twice():
    dataset = DATASETS["stocks"]().load()
    x, _ = both_parts(dataset)
    y = np.concatenate([part.y * dataset.target_scale + dataset.target_offset for part in (dataset.train, dataset.test)])
    frame = plotly_data.stocks()
    rows = np.concatenate([x[:, :, 0], y], axis=1)
    assert (rows[:, 0] == 1).all()
    found = []
    for number, row in enumerate(rows):
        prices = frame[["GOOG", "AAPL", "AMZN", "FB", "NFLX", "MSFT"][number % 6]].to_numpy()
        windows = np.lib.stride_tricks.sliding_window_view(prices, 5)
        found.append((number % 6, int(np.abs(windows / windows[:, :1] - row).max(axis=1).argmin())))
    starts = [start for share, start in found if share == 0]
    assert starts == list(range(starts[0], starts[0] + 100, 5))
    assert all([start for other, start in found if other == share] == starts for share in range(6))


# -- shapes


def pose(shape: str, **fields: float) -> _drawing.Poses:
    values = {"x": 0.5, "y": 0.5, "radius": 0.4, "turn": 0.0, "brightness": 1.0, **fields}
    return _drawing.Poses(np.array([_drawing.NAMES.index(shape)]), **{name: np.array([value]) for name, value in values.items()})


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        ("circle", np.pi),
        ("square", 1.6**2),
        ("triangle", 3 * 3**0.5 / 4),  # with its corners on the circle
        ("ring", np.pi * 0.6),
        ("cross", 4 * 0.6 * 0.95 - 0.6**2),
    ],
)
@pytest.mark.parametrize("turn", [0.0, 0.5])
def test_a_shape_covers_its_area_however_it_is_turned(shape, area, turn):
    picture, _ = _drawing.drawn(pose(shape, turn=turn), 32)
    assert picture.mean() == pytest.approx(area * 0.4**2, rel=0.03)


@pytest.mark.parametrize(("shape", "box"), [("circle", (0.2, 0.5, 0.6, 0.9)), ("square", (0.24, 0.54, 0.56, 0.86))])
def test_the_box_is_as_wide_and_high_as_the_shape(shape, box):
    _, boxes = _drawing.drawn(pose(shape, x=0.4, y=0.7, radius=0.2), 16)
    np.testing.assert_allclose(boxes[0], box, atol=1 / 64 + 1e-6)


def test_nothing_of_a_picture_lies_outside_its_box_and_every_shape_is_whole():
    rng = np.random.default_rng(0)
    what = _drawing.poses(np.arange(300) % 5, (0.15, 0.4), 180, rng)
    pictures, boxes = _drawing.drawn(what, 16)
    assert 0 <= boxes.min() <= boxes.max() <= 1
    centres = (np.arange(16) + 0.5) / 16
    for picture, (left, top, right, bottom) in zip(pictures[:, 0], boxes, strict=True):
        lit = picture > 0.5 * picture.max()
        assert centres[lit.any(axis=0)].min() >= left
        assert centres[lit.any(axis=0)].max() <= right
        assert centres[lit.any(axis=1)].min() >= top
        assert centres[lit.any(axis=1)].max() <= bottom


def test_a_triangle_points_up_and_turns_clockwise():
    up, _ = _drawing.drawn(pose("triangle"), 32)
    rows = up[0, 0].sum(axis=1)
    assert rows[: len(rows) // 2].sum() < rows[len(rows) // 2 :].sum()
    right, _ = _drawing.drawn(pose("triangle", turn=np.pi / 2), 32)
    columns = right[0, 0].sum(axis=0)
    assert columns[:16].sum() > columns[16:].sum()  # its tip, at the top before, is on the right


# -- vowels


def test_the_mouth_resounds_where_the_vowel_has_its_resonances():
    hertz = np.fft.rfftfreq(_speech.LENGTH, 1 / _speech.RATE)
    for vowel in ("heed", "head", "had"):  # their resonances lie well apart
        own = np.array([_speech.VOWELS[vowel]], float)
        loud = np.abs(_speech._mouth(own))[0]
        peaks = hertz[1:-1][(loud[1:-1] > loud[:-2]) & (loud[1:-1] > loud[2:])]
        for resonance in own[0]:
            assert np.abs(peaks - resonance).min() < 0.05 * resonance + 20, vowel


def test_every_voice_has_its_pitch():
    rng = np.random.default_rng(0)
    for pitch in (100.0, 200.0, 320.0):
        who = _speech.Speakers(np.array([pitch]), np.zeros(1), np.ones((1, 3)))
        sound = _speech.spoken(np.array([3]), who, rng)[0]
        again = np.correlate(sound, sound, "full")[_speech.LENGTH - 1 :]
        lags = np.arange(_speech.RATE // 400, _speech.RATE // 80)
        assert _speech.RATE / lags[again[lags].argmax()] == pytest.approx(pitch, rel=0.05)


@pytest.mark.parametrize("hertz", [300, 1000, 2500])
def test_a_tone_lights_up_the_band_it_lies_in(hertz):
    tone = np.sin(2 * np.pi * hertz * np.arange(_speech.LENGTH) / _speech.RATE)[None].astype(np.float32)
    picture = _speech.spectrogram(tone)[0]
    edges = _speech.band_edges() * _speech.RATE / _speech.SPECTRUM
    band = _speech.BANDS - 1 - int(picture.mean(axis=1).argmax())
    assert edges[band] - 20 <= hertz < edges[band + 1] + 20
    assert picture.shape == (_speech.BANDS, _speech.FRAMES)


def test_the_sound_is_kept_beside_its_picture_in_both_parts():
    dataset = DATASETS["spoken_vowels"](size=60).load()
    for part in (dataset.train, dataset.test):
        assert part.sound is not None
        assert part.sound.shape == (len(part), _speech.LENGTH)
        again = _speech.spectrogram(part.sound.astype(np.float32))[:, None]
        assert np.abs(again - part.raw).mean() < 0.02  # sixteen bits are nearly enough
    assert dataset.sound_rate == 8000


def test_a_hum_is_heard_and_seen():
    plain, humming = DATASETS["spoken_vowels"](size=120).load(), DATASETS["spoken_vowels"](size=120, shortcut=1.0).load()
    carries = humming.train.carries
    assert 0 < carries.sum() < len(carries)
    np.testing.assert_array_equal(plain.train.sound[~carries], humming.train.sound[~carries])
    added = humming.train.sound[carries].astype(float) - plain.train.sound[carries]
    loudest = np.abs(np.fft.rfft(added, axis=1)).argmax(axis=1) * _speech.RATE / _speech.LENGTH
    np.testing.assert_allclose(loudest, 50, atol=2)
    assert (humming.train.raw[carries][:, 0, -1] == 1).all()


# -- several shapes, and ratings


def test_each_shape_is_there_with_its_chance_and_its_picture_holds_no_more():
    dataset = DATASETS["shapes_together"](size=4000, chance=0.3).load()
    x, y = both_parts(dataset)
    np.testing.assert_allclose(y.mean(axis=0), 0.3, atol=0.03)
    lit = (x > 0).reshape(len(x), -1).sum(axis=1)
    assert (lit[y.sum(axis=1) == 0] == 0).all()
    means = [lit[y.sum(axis=1) == count].mean() for count in range(4)]
    assert means == sorted(means)


def test_nobody_rates_a_film_twice_and_stars_are_whole():
    dataset = DATASETS["ratings"](size=20_000).load()
    x, y = both_parts(dataset)
    assert len(x) == len({tuple(row) for row in x}) == 100 * 60
    stars = y * dataset.target_scale + dataset.target_offset
    np.testing.assert_allclose(stars, np.round(stars), atol=1e-4)
    assert set(np.round(stars).ravel()) == {1, 2, 3, 4, 5}
    assert dataset.vocabulary[x[:, 0].max()].startswith("person")
    assert dataset.vocabulary[x[:, 1].min()] == "film 1"


def test_two_tastes_explain_what_people_and_films_alone_do_not():
    dataset = DATASETS["ratings"](size=20_000).load()
    x, y = both_parts(dataset)
    table = np.zeros((100, 60))
    table[x[:, 0], x[:, 1] - 100] = (y * dataset.target_scale + dataset.target_offset)[:, 0]
    rest = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    shares = np.linalg.svd(rest, compute_uv=False) ** 2
    assert shares[:2].sum() / shares.sum() > 0.7
    assert shares[2] / shares.sum() < 0.05
