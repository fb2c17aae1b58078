"""The four quadrants."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, by_region
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("xor")
class Xor(DataSpec):
    """Opposite quadrants share a class: neither x nor y alone says anything, only their signs together do.

    Source: Minsky & Papert, "Perceptrons", 1969: the problem that a network without hidden units cannot solve.
    """

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    gap: float = live(0.1, ge=0, le=1, description="width of the empty cross between the quadrants")

    def sample(self, rng: np.random.Generator) -> Samples:
        def quadrants(points: np.ndarray) -> np.ndarray:
            opposite = (points[:, 0] * points[:, 1] < 0).astype(np.int64)
            return np.where(np.abs(points).min(axis=1) >= self.gap / 2, opposite, -1)

        x, y = by_region(quadrants, 2, self.size, rng)
        return Samples(x, y, ("same sign", "opposite signs"), AXES)
