"""Two interleaved spirals."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, spiral_arms
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("spiral")
class Spiral(DataSpec):
    """Two spirals wound into each other: the classic hard problem of the plane.

    Source: Lang & Witbrock, "Learning to Tell Two Spirals Apart", 1988.
    """

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    turns: float = live(1.5, ge=0.25, le=4, description="full turns of each spiral")

    def sample(self, rng: np.random.Generator) -> Samples:
        x, y = spiral_arms(2, self.turns, self.size, rng)
        return Samples(x, y, ("first arm", "second arm"), AXES)
