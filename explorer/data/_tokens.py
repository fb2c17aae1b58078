"""Rows of letters whose answer is a row of letters as long."""

from __future__ import annotations

import string
from abc import abstractmethod
from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples


class LetterRows(DataSpec):
    """Random letters, all equally frequent. A variant writes `answer` and says what it answers."""

    problem: ClassVar[Problem] = "tagging"
    tokens: ClassVar[bool] = True
    asked: ClassVar[str] = ""  # what the answer at each place is
    more_answers: ClassVar[tuple[str, ...]] = ()  # beside the letters themselves

    size: int = live(2000, ge=4, le=20_000, description="examples, all parts together")
    length: int = Field(8, ge=2, le=64, description="letters in a row")
    letters: int = Field(6, ge=2, le=26, description="different letters there are")

    @abstractmethod
    def answer(self, x: np.ndarray) -> np.ndarray:
        """int64 (n, length): the right answer at each place of the rows `x` (n, length)."""

    def sample(self, rng: np.random.Generator) -> Samples:
        x = rng.integers(0, self.letters, (self.size, self.length))
        letters = tuple(string.ascii_lowercase[: self.letters])
        return Samples(x, self.answer(x), (*letters, *self.more_answers), target_name=self.asked, vocabulary=letters)
