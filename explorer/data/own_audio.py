"""Recordings of one's own."""

from __future__ import annotations

from functools import cache
from typing import ClassVar, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import Field

from explorer.data._own import Kind, OwnData
from explorer.experiment.data import DATASETS
from explorer.ingest.about import About
from explorer.ingest.content import Sounds
from explorer.results.dataset import Samples
from explorer.results.hearing import Hearing

WINDOW = 512  # samples of which a spectrum is taken
QUIETEST = 80.0  # decibels below the loudest there can be: drawn black


@DATASETS.register("own_audio")
class OwnAudio(OwnData):
    """Recordings you bring: what is to be heard? Each is drawn as a picture, time to the right and pitch upwards.

    The brighter, the louder: white is as loud as can be, black 80 decibels less. Recordings that are too short end in silence.
    Source of the mel scale: O'Shaughnessy, "Speech Communication: Human and Machine", 1987.
    """

    takes: ClassVar[Kind] = "sounds"
    asks: ClassVar[str] = "the class of each recording"
    audio: ClassVar[bool] = True
    image_shape: ClassVar[tuple[int, int, int] | None] = (1, 24, 24)  # with the default choices

    seconds: float = Field(1.0, ge=0.1, le=10, description="how much of each recording is used, from its beginning")
    bands: int = Field(24, ge=8, le=64, description="bands of pitch: height of the picture in pixels")
    frames: int = Field(24, ge=8, le=128, description="moments at which the sound is looked at: width of the picture in pixels")
    scale: Literal["mel", "linear"] = Field("mel", description="how bands lie: as the ear hears pitch, finer below; or all equally wide")

    def sample(self, rng: np.random.Generator) -> Samples:
        sounds, _ = self.held(Sounds, tones)
        self.require(len(sounds), "in all")
        y, recordings = sounds.labels.astype(np.int64), sounds.recordings()
        chosen = self._some(y, len(sounds.class_names), rng)
        bands = SCALES[self.scale](self.bands, sounds.rate)
        length = round(self.seconds * sounds.rate)
        heard = np.stack([cut(recordings[number], length) for number in chosen])
        x = np.stack([spectrogram(one, self.frames, bands) for one in heard])[:, None]
        hearing = Hearing(sounds.rate, frame_starts(length, self.frames), WINDOW, bands[::-1])
        return Samples(x, y[chosen], sounds.class_names, target_name="class", sound=heard, sound_rate=sounds.rate, hearing=hearing)


def cut(recording: np.ndarray, length: int) -> np.ndarray:
    """int16 (length,): the beginning of a recording, with silence behind one that is too short."""
    return np.pad(recording[:length], (0, max(length - len(recording), 0)))


def spectrogram(recording: np.ndarray, frames: int, bands: np.ndarray) -> np.ndarray:
    """float32 (bands, frames) from 0 to 1: how loud each band of pitch is at each moment, the highest band first.

    Args:
        recording: int16, of WINDOW samples or more.
        bands: (bands, WINDOW // 2 + 1), how much of each frequency belongs to each.
    """
    used = recording.astype(np.float32) / 32768
    pieces = sliding_window_view(used, WINDOW)[frame_starts(len(used), frames)] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(pieces, axis=1)) ** 2 / (WINDOW / 4) ** 2  # 1 for the loudest sine
    decibels = 10 * np.log10(bands @ power.T + 10 ** (-QUIETEST / 10))
    return (1 + decibels / QUIETEST).clip(0, 1)[::-1].astype(np.float32)


def frame_starts(length: int, frames: int) -> np.ndarray:
    """The first sample of each column of the picture of a recording, int64 (frames,)."""
    return np.linspace(0, length - WINDOW, frames).astype(int)


def mel_bands(count: int, rate: int) -> np.ndarray:
    """Bands as wide as the ear hears them equally wide."""
    most = 2595 * np.log10(1 + rate / 2 / 700)
    return _triangles(700 * (10 ** (np.linspace(0, most, count + 2) / 2595) - 1), rate)


def linear_bands(count: int, rate: int) -> np.ndarray:
    """Bands of the same width."""
    return _triangles(np.linspace(0, rate / 2, count + 2), rate)


def _triangles(edges: np.ndarray, rate: int) -> np.ndarray:
    """(bands, frequencies): each band rises from the middle of the one below to its own, and falls to that of the next."""
    frequencies = np.linspace(0, rate / 2, WINDOW // 2 + 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    shape = np.minimum((frequencies - low) / (middle - low), (high - frequencies) / (high - middle)).clip(0)
    nearest = np.abs(frequencies - middle).argmin(axis=1)
    shape[np.arange(len(shape)), nearest] = np.maximum(shape[np.arange(len(shape)), nearest], 1e-3)  # narrower than a frequency: not empty
    return shape


SCALES = {"mel": mel_bands, "linear": linear_bands}


@cache
def tones() -> tuple[Sounds, About]:
    """240 sounds of half a second, made up: a low hum, a whistle or a hiss, of changing pitch and loudness."""
    rng, rate, count = np.random.default_rng(4), 16_000, 240
    labels = (np.arange(count) % 3).astype(np.int32)
    time = np.arange(rate // 2) / rate
    pitch = np.where(labels == 0, rng.uniform(90, 250, count), rng.uniform(1500, 3500, count))[:, None]
    waves = np.sin(2 * np.pi * pitch * time + rng.uniform(0, 2 * np.pi, (count, 1)))
    waves = np.where((labels == 2)[:, None], rng.uniform(-1, 1, waves.shape), waves) * rng.uniform(0.1, 0.9, (count, 1))
    samples = np.rint((waves + rng.normal(0, 0.005, waves.shape)).clip(-1, 1) * 32767).astype(np.int16)
    names = ("hum", "whistle", "hiss")
    about = About(kind="sounds", name="an example: sounds", source="made up", rows=count, classes=tuple((n, 80) for n in names), rate=rate)
    return Sounds(samples.ravel(), len(time) * np.arange(1, count + 1), labels, names, rate), about
