"""The hum of a machine, which sometimes is not as it should be."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.data._anomalies import labels
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

TURN = 16  # steps of one turn of the machine
FAULTS = {  # of a stretch (n, steps), with the steps (steps,) and where it begins (n, 1)
    "spike": lambda x, t, at: x + 2.5 * (t == at),
    "standstill": lambda x, t, at: np.where((t >= at) & (t < at + TURN), 0.0, x),
    "jump": lambda x, t, at: x + 1.2 * (t >= at),
    "rattle": lambda x, t, at: x + 0.8 * np.sin(np.pi * t * 0.8) * (t >= at),
}


@DATASETS.register("series_anomalies")
class SeriesAnomalies(DataSpec):
    """Does the machine run as it should? Now and then it spikes, stands still, jumps or rattles, each in its own way.

    A turn of the machine is two waves, one twice as fast; where in a turn a stretch begins is drawn at random. Faults take turns.
    """

    series: ClassVar[bool] = True
    standardise: ClassVar[bool] = True
    anomalies: ClassVar[bool] = True

    size: int = live(1500, ge=20, le=20_000, description="stretches, all parts together")
    length: int = Field(48, ge=32, le=256, description="steps of a stretch")
    share: float = live(0.1, ge=0.01, le=0.5, description="share of the stretches with a fault; there are always four or more")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = labels(self.size, self.share)
        t = np.arange(self.length)
        turn = 2 * np.pi * (t / TURN + rng.uniform(0, 1, (self.size, 1)))
        x = np.sin(turn) + 0.5 * np.sin(2 * turn + 1) + 0.1 * rng.standard_normal(turn.shape)
        at = rng.integers(4, self.length - TURN, (self.size, 1))
        faulty = np.flatnonzero(y)
        for number, fault in enumerate(FAULTS.values()):
            rows = faulty[number :: len(FAULTS)]
            x[rows] = fault(x[rows], t, at[rows])
        return Samples(x.astype(np.float32)[:, :, None], y, ("as it should be", "faulty"), ("vibration (mm/s)",), "state")
