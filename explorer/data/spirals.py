"""Several interleaved spirals."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._plane import AXES, spiral_arms
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("spirals")
class Spirals(DataSpec):
    """Several spirals wound into each other, each a class of its own."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    arms: int = Field(3, ge=2, le=5, description="number of spirals, each a class of its own")
    turns: float = live(0.75, ge=0.25, le=3, description="full turns of each spiral")

    def sample(self, rng: np.random.Generator) -> Samples:
        x, y = spiral_arms(self.arms, self.turns, self.size, rng)
        return Samples(x, y, tuple(f"arm {arm + 1}" for arm in range(self.arms)), AXES)
