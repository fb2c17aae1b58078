"""Two half moons."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, class_numbers
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("moons")
class Moons(DataSpec):
    """Two half moons that reach into each other: a curved line separates them, a straight one does not."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    reach: float = live(0.5, ge=0, le=0.9, description="how far each tip reaches into the other moon, in radii; at 1 they would touch")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = class_numbers(self.size, 2)
        angle = rng.uniform(0, np.pi, self.size)
        lower = np.where(y == 0, 1.0, -1.0)  # the lower moon is the upper one turned by half a turn
        x = np.stack([lower * (np.cos(angle) - 0.5), lower * (np.sin(angle) - self.reach / 2)], axis=1) / 1.6
        return Samples(x.astype(np.float32), y, ("upper moon", "lower moon"), AXES)
