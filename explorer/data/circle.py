"""A disc inside a ring."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, RADIUS, annulus, class_numbers
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("circle")
class Circle(DataSpec):
    """A disc inside a ring: no straight line separates them, x² + y² alone does."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    gap: float = live(0.2, ge=0, le=0.8, description="width of the empty ring between the two classes; it is centred on radius 0.5")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = class_numbers(self.size, 2)
        inner = np.where(y == 0, 0, 0.5 + self.gap / 2)
        outer = np.where(y == 0, 0.5 - self.gap / 2, RADIUS)
        return Samples(annulus(inner, outer, self.size, rng), y, ("inside", "outside"), AXES)
