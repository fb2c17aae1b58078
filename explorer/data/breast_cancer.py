"""A tumour diagnosis."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("breast_cancer")
class BreastCancer(DataSpec):
    """A tumour diagnosis: is a lump in the breast malignant or benign, by the look of its cell nuclei? 569 patients.

    For learning about networks only, never for a diagnosis.
    Source: Street, Wolberg & Mangasarian, Wisconsin Diagnostic Breast Cancer, 1993, UCI repository, by way of scikit-learn.
    """

    standardise: ClassVar[bool] = True

    size: int = live(569, ge=20, le=569, description="examples used of the 569 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        from sklearn.datasets import load_breast_cancer  # takes a second, which nobody who plays with spirals should wait

        found = load_breast_cancer()
        chosen = self._some(found.target, 2, rng)
        x, y = found.data[chosen].astype(np.float32), found.target[chosen].astype(np.int64)
        return Samples(x, y, ("malignant", "benign"), tuple(map(str, found.feature_names)), "diagnosis")
