"""Inside and outside a heart."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, by_region
from explorer.experiment.data import DATASETS, DataSpec
from explorer.results.dataset import Samples


@DATASETS.register("heart")
class Heart(DataSpec):
    """Points inside and outside a heart: its tip and its notch are the last things a network gets right.

    The curve is (X² + Y² - 1)³ = X² Y³ with X = 1.25 x and Y = 1.25 y + 0.1.
    """

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    def sample(self, rng: np.random.Generator) -> Samples:
        x, y = by_region(_inside, 2, self.size, rng)
        return Samples(x, y, ("outside the heart", "inside the heart"), AXES)


def _inside(points: np.ndarray) -> np.ndarray:
    x, y = 1.25 * points[:, 0], 1.25 * points[:, 1] + 0.1
    return ((x**2 + y**2 - 1) ** 3 <= x**2 * y**3).astype(np.int64)
