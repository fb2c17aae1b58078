"""What the user paints."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._plane import AXES
from explorer.experiment.data import DATASETS, DataSpec, painted_points
from explorer.experiment.record import live
from explorer.results.dataset import Samples

LETTERS = "ABCDEFGHIJ"
BOWL = tuple((round(x / 20, 2), round((x / 20) ** 2 - 0.4, 2), 0) for x in range(-16, 17))
FILLING = tuple((round(x / 10, 2), round(0.3 + y / 10, 2), 1) for x in (-3, -1, 1, 3) for y in (0, 2, 4, 6))
START = BOWL + FILLING  # a bowl and what is in it: 49 points


@DATASETS.register("painted")
class Painted(DataSpec):
    """Nothing but the points you paint yourself; it starts with a few to go on from."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2
    paint_is_sample: ClassVar[bool] = True

    classes: int = Field(2, ge=2, le=10, description="number of classes to paint with; each needs two points or more")
    size: int = live(500, ge=4, le=100_000, description="not used here: there are as many examples as you paint")
    painted: tuple[tuple[float, float, int], ...] = live(START, max_length=500, description="the points: x, y, class counted from 0")

    def sample(self, rng: np.random.Generator) -> Samples:
        names = tuple(f"class {LETTERS[c]}" for c in range(self.classes))
        x, y = painted_points(self.painted, names)
        return Samples(x, y, names, AXES)
