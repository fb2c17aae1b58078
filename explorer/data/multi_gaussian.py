"""Hills and hollows."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, polar
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples


@DATASETS.register("multi_gaussian")
class MultiGaussian(DataSpec):
    """Round hills and hollows in turn, on a ring: the network predicts the height of the landscape."""

    problem: ClassVar[Problem] = "regression"
    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    bumps: int = live(4, ge=1, le=8, description="hills and hollows together; every other one is a hollow")
    width: float = live(0.25, ge=0.1, le=0.6, description="standard deviation of each bump")

    def sample(self, rng: np.random.Generator) -> Samples:
        centres = polar(0.55 if self.bumps > 1 else 0.0, 2 * np.pi * (np.arange(self.bumps) + 0.5) / self.bumps)  # (bumps, 2)
        points = rng.uniform(-1, 1, (self.size, 2)).astype(np.float32)
        distance = np.linalg.norm(points[:, None] - centres, axis=2)  # (size, bumps)
        height = np.exp(-((distance / self.width) ** 2) / 2) @ (-1.0) ** np.arange(self.bumps)
        target = "height of the landscape (1 is the top of a lone hill)"
        return Samples(points, height.astype(np.float32)[:, None], feature_names=AXES, target_name=target)
