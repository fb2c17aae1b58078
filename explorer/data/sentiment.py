"""What somebody thinks of a film, in sentences of a small grammar."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

GOOD = ("good", "great", "lovely", "clever", "moving", "funny")
BAD = ("bad", "dull", "awful", "silly", "boring", "weak")
THINGS = ("film", "story", "cast", "music", "ending", "script")
DEGREES = ("very", "really", "quite")
EMPTY = "·"
LENGTH = 15  # words of the longest sentence: although, two clauses of six, a comma, a full stop
VOCABULARY = (EMPTY, ".", ",", "the", "was", "not", "and", "but", "although", *DEGREES, *THINGS, *GOOD, *BAD)


@DATASETS.register("sentiment")
class Sentiment(DataSpec):
    """Did they like it? "Not" turns a word around, and of two clauses the one after "but" decides: counting words fails.

    Every adjective is as frequent in praise as in blame, where `negated` is a half. "and" joins clauses of one mind; of
    "A, but B" and "although A, B" the mind is that of B. Sentences are made by a small grammar and filled up with dots.
    """

    tokens: ClassVar[bool] = True

    size: int = live(2000, ge=8, le=20_000, description="sentences, all parts together")
    negated: float = Field(0.5, ge=0, le=1, description='share of the clauses that say it with "not"')

    def sample(self, rng: np.random.Generator) -> Samples:
        y = np.arange(self.size, dtype=np.int64) % 2
        x = np.array([[VOCABULARY.index(word) for word in self._sentence(bool(liked), rng)] for liked in y], np.int64)
        return Samples(x, y, ("did not like it", "liked it"), target_name="opinion", vocabulary=VOCABULARY)

    def _sentence(self, liked: bool, rng: np.random.Generator) -> list[str]:
        last = self._clause(liked, rng)
        sentence = (
            lambda: last,
            lambda: [*self._clause(liked, rng), "and", *last],
            lambda: [*self._clause(not liked, rng), "but", *last],
            lambda: ["although", *self._clause(not liked, rng), ",", *last],
        )[rng.integers(4)]()
        return [*sentence, ".", *[EMPTY] * (LENGTH - 1 - len(sentence))]

    def _clause(self, liked: bool, rng: np.random.Generator) -> list[str]:
        """ "the film was (not) (very) good": of this mind."""
        negated = rng.random() < self.negated
        words = GOOD if liked != negated else BAD
        degree = [_one(DEGREES, rng)] if rng.random() < 0.3 else []
        return ["the", _one(THINGS, rng), "was", *(["not"] if negated else []), *degree, _one(words, rng)]


def _one(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[rng.integers(len(words))]
