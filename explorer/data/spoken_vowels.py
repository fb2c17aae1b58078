"""Vowels, spoken by people who do not exist."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data import _speech
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("spoken_vowels")
class SpokenVowels(DataSpec):
    """Which vowel is said? Every speaker, man, woman or child, has a pitch and a mouth of their own.

    Seen as a picture: time from left to right, pitch from bottom to top (24 bands, narrow below and wide above), brightness how loud
    within 60 decibels. The sound itself is kept beside it; noise is added to the picture, not to the sound.
    Sources: formants (means over 33 men) by Peterson & Barney, "Control Methods Used in a Study of the Vowels", 1952; the way
    they are made, a buzz through resonances, by Fant, "Acoustic Theory of Speech Production", 1960.
    """

    image_shape: ClassVar[tuple[int, int, int] | None] = (1, _speech.BANDS, _speech.FRAMES)
    audio: ClassVar[bool] = True

    size: int = live(900, ge=24, le=5000, description="sounds of a quarter of a second, all parts together")
    variety: float = live(
        1.0, ge=0, le=2, description="how much the mouths of speakers differ; at 0 only their pitch does, at 1 as among people"
    )

    def sample(self, rng: np.random.Generator) -> Samples:
        y = np.arange(self.size, dtype=np.int64) % len(_speech.VOWELS)
        sound = _speech.spoken(y, _speech.speakers(self.size, self.variety, rng), rng)
        pictures = _speech.spectrogram(sound)
        return Samples(
            pictures[:, None],
            y,
            tuple(_speech.VOWELS),
            target_name="vowel, as in",
            sound=(sound * 32767).astype(np.int16),
            sound_rate=_speech.RATE,
            hearing=_speech.hearing(),
        )
