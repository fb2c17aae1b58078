"""A tilted plane."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, across
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples


@DATASETS.register("plane")
class Plane(DataSpec):
    """A tilted plane: one neuron without an activation learns it exactly."""

    problem: ClassVar[Problem] = "regression"
    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    direction: float = live(30.0, ge=0, le=360, description="which way is uphill, degrees: 0 is right, 90 is up")
    steepness: float = live(1.0, ge=0, le=5, description="height gained for each unit of distance uphill")

    def sample(self, rng: np.random.Generator) -> Samples:
        points = rng.uniform(-1, 1, (self.size, 2)).astype(np.float32)
        height = self.steepness * across(points, self.direction)
        return Samples(points, height.astype(np.float32)[:, None], feature_names=AXES, target_name="height of the plane (no unit)")
