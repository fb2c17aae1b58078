"""Two halves of the square."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, across, by_region
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("line")
class Line(DataSpec):
    """Two classes on either side of a straight line: one single neuron is enough."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    direction: float = live(60.0, ge=0, le=180, description="where the second class lies, degrees: 0 is right, 90 is above, 180 is left")
    gap: float = live(0.1, ge=0, le=1, description="width of the empty strip between the classes")

    def sample(self, rng: np.random.Generator) -> Samples:
        def sides(points: np.ndarray) -> np.ndarray:
            height = across(points, self.direction)
            return np.where(np.abs(height) >= self.gap / 2, (height > 0).astype(np.int64), -1)

        x, y = by_region(sides, 2, self.size, rng)
        return Samples(x, y, ("before the line", "beyond the line"), AXES)
