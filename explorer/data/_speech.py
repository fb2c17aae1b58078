"""Speech from a source and a filter: a buzz at the speaker's pitch, through the resonances of a mouth that forms a vowel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.hearing import Hearing

RATE, LENGTH = 8000, 2000  # samples per second, and of one sound
WINDOW, HOP, SPECTRUM = 200, 100, 256  # samples of a frame, between frames, and of its Fourier transform
FRAMES = (LENGTH - WINDOW) // HOP + 1
BANDS = 24
RANGE = 60  # decibels from black to white
VOWELS = {  # as in these words -> the first three resonances of a man's mouth (Hz)
    "heed": (270, 2290, 3010),
    "head": (530, 1840, 2480),
    "had": (660, 1720, 2410),
    "hod": (730, 1090, 2440),
    "hawed": (570, 840, 2410),
    "who'd": (300, 870, 2240),
}
WIDTHS = (60.0, 90.0, 150.0)  # of the resonances (Hz)
VOICES = ((120.0, 1.0), (210.0, 1.16), (280.0, 1.32))  # pitch (Hz) and resonances over those of a man: man, woman, child


@dataclass(frozen=True)
class Speakers:
    """One for each sound: pitch (n,) in Hz, how it changes over the sound (n,), and resonances over a man's (n, 3)."""

    pitch: np.ndarray
    glide: np.ndarray
    mouth: np.ndarray


def speakers(n: int, variety: float, rng: np.random.Generator) -> Speakers:
    """Men, women and children in turn of chance, no two alike; `variety` is how much their mouths differ, 1 as among people."""
    pitch, mouth = np.array(VOICES)[rng.integers(0, len(VOICES), n)].T
    own = 1 + 0.04 * rng.standard_normal((n, 3)).clip(-2, 2)
    return Speakers(
        pitch=pitch * np.exp(0.12 * rng.standard_normal(n).clip(-2, 2)),
        glide=0.15 * rng.uniform(-1, 1, n),
        mouth=(mouth[:, None] * own) ** variety,
    )


def spoken(vowels: np.ndarray, who: Speakers, rng: np.random.Generator) -> np.ndarray:
    """Sounds float32 (n, LENGTH), loudest at 0.9: the vowel numbers (n,) said by these speakers, with a little breath."""
    spectrum = np.fft.rfft(_buzz(who) + 0.002 * rng.standard_normal((len(vowels), LENGTH)), axis=1)
    resonances = np.array(list(VOWELS.values()))[vowels] * who.mouth
    sound = np.fft.irfft(spectrum * _mouth(resonances), LENGTH, axis=1)
    sound *= np.minimum(1, np.minimum(np.arange(LENGTH), np.arange(LENGTH)[::-1]) / 200)  # no click at either end
    return (0.9 * sound / np.abs(sound).max(axis=1, keepdims=True)).astype(np.float32)


def _buzz(who: Speakers) -> np.ndarray:
    """One puff of air a turn of the vocal cords: (n, LENGTH)."""
    time = np.arange(LENGTH) / RATE
    turns = who.pitch[:, None] * (time + who.glide[:, None] * time**2 / (2 * time[-1]))
    return np.diff(np.floor(turns), axis=1, prepend=0.0)


def _mouth(resonances: np.ndarray) -> np.ndarray:
    """How strongly each frequency passes, complex (n, LENGTH // 2 + 1): a pole pair for each resonance (n, 3), and what the cords
    and the lips do to the buzz: duller towards the top, and nothing at frequency 0.

    Source: Klatt, "Software for a Cascade/Parallel Formant Synthesizer", 1980, the resonator of its equation 2.
    """
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(LENGTH))
    passed = ((1 - turn) / (1 - 0.9 * turn) ** 2)[None]
    for number, width in enumerate(WIDTHS):
        near = np.exp(-np.pi * width / RATE)
        first = 2 * near * np.cos(2 * np.pi * resonances[:, number, None] / RATE)
        passed = passed * (1 - first + near**2) / (1 - first * turn + near**2 * turn**2)
    return passed


def spectrogram(sound: np.ndarray) -> np.ndarray:
    """Pictures float32 (n, BANDS, FRAMES) of sounds (n, LENGTH): how loud each band is, 1 for the loudest, 0 for RANGE decibels below.

    The top row is the highest band; bands are evenly wide on the mel scale of hearing.
    """
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW, axis=1)[:, ::HOP] * np.hanning(WINDOW).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames, SPECTRUM, axis=2))).astype(np.float32)
    edges = band_edges()
    bands = np.add.reduceat(power, edges[:-1], axis=2) / np.diff(edges)
    loud = 10 * np.log10(np.maximum(bands / bands.max(axis=(1, 2), keepdims=True), 1e-12))
    return (1 + loud / RANGE).clip(0, 1).transpose(0, 2, 1)[:, ::-1].astype(np.float32)


def hearing() -> Hearing:
    """Where the rows and columns of these pictures lie in the sound."""
    edges, frequencies = band_edges(), np.arange(SPECTRUM // 2 + 1)
    shares = (frequencies >= edges[:-1, None]) & (frequencies < edges[1:, None])
    return Hearing(RATE, HOP * np.arange(FRAMES), WINDOW, shares[::-1].astype(np.float32))


def band_edges() -> np.ndarray:
    """Numbers of the Fourier frequencies at which bands begin, and the end of the last: int64 (BANDS + 1,).

    Source of the scale: O'Shaughnessy, "Speech Communication", 1987: 2595 log10(1 + f / 700).
    """
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    hertz = 700 * (10 ** (np.linspace(0, top, BANDS + 1) / 2595) - 1)
    return np.round(hertz / RATE * SPECTRUM).astype(np.int64) + (np.arange(BANDS + 1) == BANDS)
