"""Several shapes in one picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data import _drawing
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

SIDE = 20
NAMES = ("circle", "square", "triangle", "cross")


@DATASETS.register("shapes_together")
class ShapesTogether(DataSpec):
    """Which of four shapes are in the picture? One, several, all or none: each answer is a yes or no of its own.

    Every shape is there with the same chance, whatever else is; one may lie over another, and the brighter one is seen.
    """

    problem: ClassVar[Problem] = "labels"
    image_shape: ClassVar[tuple[int, int, int] | None] = (1, SIDE, SIDE)

    size: int = live(2000, ge=20, le=5000, description="pictures, all parts together")
    chance: float = live(0.4, ge=0.05, le=0.95, description="how often each shape is there")

    def sample(self, rng: np.random.Generator) -> Samples:
        there = rng.random((self.size, len(NAMES))) < self.chance
        pictures = np.zeros((self.size, 1, SIDE, SIDE), np.float32)
        for number in range(len(NAMES)):
            rows = np.flatnonzero(there[:, number])
            alone, _ = _drawing.drawn(_drawing.poses(np.full(len(rows), number), (0.16, 0.24), 20, rng), SIDE)
            pictures[rows] = np.maximum(pictures[rows], alone)
        return Samples(pictures, there.astype(np.float32), NAMES, target_name="shapes there")
