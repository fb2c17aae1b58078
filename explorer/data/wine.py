"""Italian wines."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("wine")
class Wine(DataSpec):
    """Which of three grape varieties is the wine made of, by a chemical analysis? 178 wines of one region in Italy.

    Source: Forina et al., "PARVUS", 1988, UCI repository, by way of scikit-learn.
    """

    standardise: ClassVar[bool] = True

    size: int = live(178, ge=20, le=178, description="examples used of the 178 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        from sklearn.datasets import load_wine  # takes a second, which nobody who plays with spirals should wait

        found = load_wine()
        chosen = self._some(found.target, 3, rng)
        x, y = found.data[chosen].astype(np.float32), found.target[chosen].astype(np.int64)
        names = tuple(name.replace("_", " ") for name in found.feature_names)
        return Samples(x, y, ("variety 1", "variety 2", "variety 3"), names, "grape variety")
