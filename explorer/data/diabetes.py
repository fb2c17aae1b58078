"""How diabetes went on."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

MEASUREMENTS = (
    "age (years)",
    "sex (coded 1 or 2)",
    "body mass index (kg/m²)",
    "mean blood pressure (mmHg)",
    "total cholesterol (mg/dl)",
    "LDL cholesterol (mg/dl)",
    "HDL cholesterol (mg/dl)",
    "total cholesterol / HDL",
    "log of triglycerides",
    "blood sugar (mg/dl)",
)


@DATASETS.register("diabetes")
class Diabetes(DataSpec):
    """How far will a patient's diabetes have gone in a year, by ten measurements of today? 442 patients.

    Source: Efron, Hastie, Johnstone & Tibshirani, "Least Angle Regression", 2004, by way of scikit-learn, in its own units.
    """

    problem: ClassVar[Problem] = "regression"
    standardise: ClassVar[bool] = True

    size: int = live(442, ge=20, le=442, description="examples used of the 442 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        from sklearn.datasets import load_diabetes  # takes a second, which nobody who plays with spirals should wait

        found = load_diabetes(scaled=False)
        chosen = self._some(found.target, 0, rng)
        x, y = found.data[chosen].astype(np.float32), found.target[chosen].astype(np.float32)[:, None]
        return Samples(x, y, feature_names=MEASUREMENTS, target_name="disease progression one year later (score from 25 to 346)")
