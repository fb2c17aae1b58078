"""The yin-yang sign."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, RADIUS, by_region
from explorer.experiment.data import DATASETS, DataSpec
from explorer.results.dataset import Samples

DOT = 0.2 * RADIUS  # radius of a dot


@DATASETS.register("yin_yang")
class YinYang(DataSpec):
    """The two halves of the yin-yang sign and its two dots: three classes, one of them in two places.

    Source: Kriener, Göltz & Petrovici, "The Yin-Yang Dataset", 2022, scaled to the square.
    """

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    def sample(self, rng: np.random.Generator) -> Samples:
        x, y = by_region(_parts, 3, self.size, rng)
        return Samples(x, y, ("yin", "yang", "dots"), AXES)


def _parts(points: np.ndarray) -> np.ndarray:
    to_centre = np.hypot(points[:, 0], points[:, 1])
    to_left = np.hypot(points[:, 0] + RADIUS / 2, points[:, 1])
    to_right = np.hypot(points[:, 0] - RADIUS / 2, points[:, 1])
    dot = np.minimum(to_left, to_right) <= DOT
    yang = ((points[:, 1] > 0) & (to_left > RADIUS / 2)) | (to_right <= RADIUS / 2)
    return np.where(to_centre > RADIUS, -1, np.where(dot, 2, yang))
