"""What is heard of a sound where a map points at some of it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.data import _speech
from explorer.data.own_audio import WINDOW, frame_starts, linear_bands, mel_bands, spectrogram
from explorer.experiment import Experiment
from explorer.interpret.audible import highlighted, loudness, pointed_at
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.results.attribution import Attribution
from explorer.results.hearing import Hearing
from explorer.training.loop import train

RATE, LENGTH = 16_000, 16_000


def own(bands: np.ndarray) -> Hearing:
    return Hearing(RATE, frame_starts(LENGTH, 24), WINDOW, bands[::-1])


HEARINGS = {"vowels": _speech.hearing(), "mel": own(mel_bands(24, RATE)), "linear": own(linear_bands(8, RATE))}


def tone(hearing: Hearing, hertz: float, height: float = 8000) -> np.ndarray:
    length = int(hearing.starts[-1]) + hearing.window
    return (height * np.sin(2 * np.pi * hertz * np.arange(length) / hearing.rate)).astype(np.int16)


def size(sound: np.ndarray) -> float:
    """Root mean square, without the ends."""
    middle = sound[len(sound) // 5 : -len(sound) // 5].astype(float)
    return float(np.sqrt((middle**2).mean()))


@pytest.mark.parametrize("hearing", HEARINGS.values(), ids=list(HEARINGS))
def test_a_mask_of_ones_gives_the_sound_back_and_one_of_zeros_silence(hearing):
    sound = np.random.default_rng(0).integers(-20_000, 20_000, int(hearing.starts[-1]) + hearing.window).astype(np.int16)
    places = (len(hearing.shares), len(hearing.starts))
    np.testing.assert_allclose(highlighted(sound, np.ones(places), hearing) / 32768, sound / 32768, atol=1e-3)
    assert not highlighted(sound, np.zeros(places), hearing).any()


@pytest.mark.parametrize("hearing", HEARINGS.values(), ids=list(HEARINGS))
def test_a_mask_on_one_band_keeps_the_tone_in_it_and_takes_the_other(hearing):
    low, high = len(hearing.shares) - 4, 2
    mask = np.zeros((len(hearing.shares), len(hearing.starts)))
    mask[high - 1 : high + 2] = 1
    kept, taken = (tone(hearing, hearing.hertz[row]) for row in (high, low))
    assert size(highlighted(kept, mask, hearing)) > 0.9 * size(kept)
    assert size(highlighted(taken, mask, hearing)) < 0.02 * size(taken)
    both = highlighted(kept + taken, mask, hearing).astype(float)
    assert size(both - kept) < 0.1 * size(kept)


def test_a_mask_on_some_frames_keeps_those_moments():
    hearing = HEARINGS["mel"]
    sound, mask = tone(hearing, 1000), np.zeros((24, 24))
    mask[:, 12:] = 1
    heard = highlighted(sound, mask, hearing).astype(float)
    assert not heard[: LENGTH // 3].any()
    np.testing.assert_allclose(heard[2 * LENGTH // 3 :], sound[2 * LENGTH // 3 :], atol=2)


@pytest.mark.parametrize("name", ["vowels", "mel", "linear"])
def test_the_rows_and_columns_are_where_the_picture_was_made(name):
    """The picture of a tone is brightest in the row whose middle is nearest to it, and a click in the column of its moment."""
    hearing = HEARINGS[name]
    draw = (
        (lambda sound: _speech.spectrogram(sound[None] / 32768)[0])
        if name == "vowels"
        else lambda sound: spectrogram(sound, 24, hearing.shares[::-1])
    )
    for row in (1, len(hearing.shares) // 2):
        picture = draw(tone(hearing, hearing.hertz[row]))
        assert abs(int(picture.mean(1).argmax()) - row) <= 1
    click = np.zeros(int(hearing.starts[-1]) + hearing.window, np.int16)
    click[round(hearing.seconds[7] * hearing.rate)] = 30_000
    assert int(draw(click).mean(0).argmax()) == 7


def test_every_frequency_is_as_loud_as_the_band_it_lies_in():
    hearing = Hearing(8, np.array([0, 4]), 4, np.array([[0, 0, 0, 1, 1], [0, 1, 1, 1, 0]], float))
    got = loudness(np.array([[1.0, 1.0], [0.0, 0.5]]), hearing, np.array([0, 2, 4, 6]))
    np.testing.assert_allclose(got[:, 0], [0, 0, 0, 0.5, 1])  # the lowest frequency is in no band: as its neighbour
    np.testing.assert_allclose(got[1], [0, 0, 0.25, 0.5])


def test_what_is_pointed_at_is_the_least_that_holds_half():
    values = np.array([[[5.0, 3.0, -9.0], [1.0, 1.0, 0.0]]])
    np.testing.assert_array_equal(pointed_at(values), [[True, False, False], [False, False, False]])
    assert pointed_at(values, 1.0).sum() == 4
    assert not pointed_at(-np.abs(values)).any()
    assert not pointed_at(np.zeros((2, 3, 3))).any()


def test_a_map_of_a_sound_brings_what_is_heard():
    training = train(Experiment.preset("data_spoken_vowels"))
    training.advance(steps=5)
    subject = subject_of(training, Selection())
    assert subject.sounds is not None
    found = Attribution.from_inspected(EXPLANATIONS["saliency"]().explain(subject, Selection(example=3)))
    np.testing.assert_array_equal(found.arrays["whole"], subject.sounds[3])
    assert found.arrays["heard"].dtype == np.int16
    assert 0 < size(found.arrays["heard"]) < size(found.arrays["whole"])
    assert found.arrays["played"].shape == found.values.shape[1:]
    heard = found.facts["heard"]
    assert len(heard["seconds"]) == found.values.shape[2]
    assert heard["hertz"] == sorted(heard["hertz"], reverse=True)
