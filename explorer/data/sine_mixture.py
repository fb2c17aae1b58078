"""The tide, hour by hour."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.experiment.data import DATASETS, IN_TIME, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

PERIODS = (12.4206, 12.0, 25.8193, 23.9345)  # hours: the constituents M2, S2, O1 and K1 of the tide
HEIGHTS = (1.0, 0.4, 0.3, 0.35)  # metres


@DATASETS.register("sine_mixture")
class SineMixture(DataSpec):
    """How high will the sea stand in the coming hours? A tide made of four sine waves, after moon and sun.

    The heights of the waves are made up; their periods are those of the tide. Examples are stretches of one long
    record, one after another and none over another; the last ones are for testing.
    Source of the periods: Doodson, "The Harmonic Development of the Tide-Generating Potential", 1921.
    """

    problem: ClassVar[Problem] = "forecasting"
    series: ClassVar[bool] = True
    standardise: ClassVar[bool] = True

    split: Literal["in_order"] = IN_TIME
    size: int = live(600, ge=10, le=20_000, description="stretches of the record, all parts together")
    history: int = Field(36, ge=2, le=256, description="hours the network sees")
    horizon: int = Field(12, ge=1, le=64, description="hours it is to foresee")

    def sample(self, rng: np.random.Generator) -> Samples:
        seen = self.history + self.horizon
        step = seen + (5 - seen) % 24  # so that stretches begin at every hour of the day
        hours = np.arange(self.size * step)
        phases = rng.uniform(0, 2 * np.pi, len(PERIODS))
        waves = [
            height * np.sin(2 * np.pi * hours / period + phase) for height, period, phase in zip(HEIGHTS, PERIODS, phases, strict=True)
        ]
        rows = np.sum(waves, axis=0).astype(np.float32).reshape(self.size, step)
        x, y = rows[:, : self.history, None], rows[:, self.history : seen]
        return Samples(x, y, feature_names=("height (m)",), target_name="height of the sea (m)")
