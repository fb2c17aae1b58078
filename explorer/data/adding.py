"""The adding problem."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples


@DATASETS.register("adding")
class Adding(DataSpec):
    """What is the sum of the two marked numbers of a row? They have to be found, and kept until the end.

    At each step the network reads a number between 0 and 1 and a mark, 1 or 0. One number of each half of the row is marked.
    Who always answers 1, the mean, is wrong by a squared error of 1/6.
    Source: Hochreiter & Schmidhuber, "Long Short-Term Memory", 1997, section 5.4.
    """

    problem: ClassVar[Problem] = "regression"
    series: ClassVar[bool] = True

    size: int = live(2000, ge=4, le=20_000, description="examples, all parts together")
    length: int = Field(12, ge=2, le=200, description="numbers in a row")

    def sample(self, rng: np.random.Generator) -> Samples:
        numbers, marks = rng.uniform(0, 1, (self.size, self.length)), np.zeros((self.size, self.length))
        half, rows = self.length // 2, np.arange(self.size)
        marks[rows, rng.integers(0, half, self.size)] = 1
        marks[rows, rng.integers(half, self.length, self.size)] = 1
        y = (numbers * marks).sum(axis=1, keepdims=True)
        x = np.stack([numbers, marks], axis=2)
        return Samples(x.astype(np.float32), y.astype(np.float32), feature_names=("number", "mark"), target_name="sum (no unit)")
