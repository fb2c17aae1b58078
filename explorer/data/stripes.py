"""Parallel stripes."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, across, by_region
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("stripes")
class Stripes(DataSpec):
    """Parallel stripes of two classes in turn: only the position across them matters."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    stripes: int = live(5, ge=2, le=10, description="number of stripes")
    direction: float = live(45.0, ge=0, le=180, description="direction across the stripes, degrees: 0 is left to right, 90 is upwards")

    def sample(self, rng: np.random.Generator) -> Samples:
        def colours(points: np.ndarray) -> np.ndarray:
            edge = np.abs([np.cos(np.deg2rad(self.direction)), np.sin(np.deg2rad(self.direction))]).sum()  # reach of the square
            share = (across(points, self.direction) / edge + 1) / 2  # 0 to 1 over the square
            return np.clip(share * self.stripes, 0, self.stripes - 1).astype(np.int64) % 2

        x, y = by_region(colours, 2, self.size, rng)
        return Samples(x, y, ("dark stripes", "light stripes"), AXES)
