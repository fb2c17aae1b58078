"""Ripples on water."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, surface
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples


@DATASETS.register("ripple")
class Ripple(DataSpec):
    """Round ripples, as after a stone fell into water: the network has to bend its surface again and again."""

    problem: ClassVar[Problem] = "regression"
    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    waves: float = live(1.0, ge=0.25, le=4, description="full waves between the centre and the edge of the square")

    def sample(self, rng: np.random.Generator) -> Samples:
        x, y = surface(lambda x, y: np.cos(2 * np.pi * self.waves * np.hypot(x, y)), self.size, rng)
        return Samples(x, y, feature_names=AXES, target_name="height of the water (1 is a crest, -1 a trough)")
