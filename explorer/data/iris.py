"""Iris flowers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("iris")
class Iris(DataSpec):
    """Which of three kinds of iris is it, by the length and width of its sepals and petals? 150 flowers.

    Source: Anderson, 1935, and Fisher, "The Use of Multiple Measurements in Taxonomic Problems", 1936; by way of scikit-learn.
    """

    standardise: ClassVar[bool] = True

    size: int = live(150, ge=20, le=150, description="examples used of the 150 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        from sklearn.datasets import load_iris  # takes a second, which nobody who plays with spirals should wait

        found = load_iris()
        chosen = self._some(found.target, 3, rng)
        x, y = found.data[chosen].astype(np.float32), found.target[chosen].astype(np.int64)
        return Samples(x, y, ("setosa", "versicolor", "virginica"), tuple(found.feature_names), "kind of iris")
