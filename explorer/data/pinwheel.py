"""The bent blades of a pinwheel."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._plane import AXES, RADIUS, class_numbers, polar
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("pinwheel")
class Pinwheel(DataSpec):
    """The bent blades of a pinwheel, each a class of its own.

    Source: the pinwheel of Johnson et al., "Composing Graphical Models with Neural Networks", 2016; here with sharp edges.
    """

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    classes: int = Field(5, ge=2, le=8, description="number of blades, each a class of its own")
    twist: float = live(0.25, ge=-1, le=1, description="full turns that a blade bends on its way from the centre to its tip")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = class_numbers(self.size, self.classes)
        way = np.sqrt(rng.uniform(0.01, 1, self.size))  # from the hub to the tip, spread evenly over the area
        sideways = rng.uniform(-0.25, 0.25, self.size)  # a blade covers half of its share of the full turn
        x = polar(RADIUS * way, 2 * np.pi * ((y + sideways) / self.classes + self.twist * way))
        return Samples(x, y, tuple(f"blade {blade + 1}" for blade in range(self.classes)), AXES)
