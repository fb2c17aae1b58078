"""Above and below a wave."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, by_region
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("sine_boundary")
class SineBoundary(DataSpec):
    """Points above and below a wave: each bend of the boundary asks for another hidden unit."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    waves: float = live(1.5, ge=0.25, le=4, description="full waves between the left and the right edge")
    height: float = live(0.5, ge=0, le=0.8, description="height of the wave above its middle")
    gap: float = live(0.1, ge=0, le=0.5, description="height of the empty strip between the classes")

    def sample(self, rng: np.random.Generator) -> Samples:
        def sides(points: np.ndarray) -> np.ndarray:
            above = points[:, 1] - self.height * np.sin(np.pi * self.waves * points[:, 0])
            return np.where(np.abs(above) >= self.gap / 2, (above > 0).astype(np.int64), -1)

        x, y = by_region(sides, 2, self.size, rng)
        return Samples(x, y, ("below the wave", "above the wave"), AXES)
