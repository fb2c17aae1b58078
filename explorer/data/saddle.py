"""A saddle."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, surface
from explorer.experiment.data import DATASETS, DataSpec
from explorer.results.dataset import Problem, Samples


@DATASETS.register("saddle")
class Saddle(DataSpec):
    """A saddle: x² - y², up along one axis and down along the other."""

    problem: ClassVar[Problem] = "regression"
    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    def sample(self, rng: np.random.Generator) -> Samples:
        x, y = surface(lambda x, y: x**2 - y**2, self.size, rng)
        return Samples(x, y, feature_names=AXES, target_name="height of the saddle (no unit)")
