"""Rings around one centre."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._plane import AXES, RADIUS, annulus, class_numbers
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("rings")
class Rings(DataSpec):
    """Rings around one centre, each a class; they are counted from the centre."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    classes: int = Field(3, ge=2, le=5, description="number of rings, each a class of its own")
    gap: float = live(0.3, ge=0, le=0.9, description="share of the distance between neighbouring rings that stays empty")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = class_numbers(self.size, self.classes)
        band = RADIUS / self.classes
        x = annulus(band * (y + self.gap / 2), band * (y + 1 - self.gap / 2), self.size, rng)
        return Samples(x, y, tuple(f"ring {ring + 1}" for ring in range(self.classes)), AXES)
