"""The slices of a pie."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._plane import AXES, RADIUS, class_numbers, polar
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("sectors")
class Sectors(DataSpec):
    """The slices of a pie, each a class: straight borders that all meet in one point."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    classes: int = Field(6, ge=2, le=8, description="number of slices, each a class of its own; counted anticlockwise from the right")
    gap: float = live(0.1, ge=0, le=0.8, description="share of each slice that stays empty along its borders")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = class_numbers(self.size, self.classes)
        share = rng.uniform(self.gap / 2, 1 - self.gap / 2, self.size)  # across the slice
        radius = RADIUS * np.sqrt(rng.uniform(0, 1, self.size))  # even over the area
        x = polar(radius, 2 * np.pi * (y + share) / self.classes)
        return Samples(x, y, tuple(f"slice {c + 1}" for c in range(self.classes)), AXES)
