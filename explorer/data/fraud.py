"""Card payments, a few of them fraud."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data._anomalies import labels
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

COLUMNS = (
    "amount (log10 euros)",
    "hour of the day (h)",
    "distance from home (log10 km)",
    "payments in the last hour",
    "minutes since the last payment (log10)",
    "over the internet",
)


@DATASETS.register("fraud")
class Fraud(DataSpec):
    """Which card payments are fraud? So few are that "none of them" is right 97 times in 100, and finds nothing.

    The payments are made up. Stolen cards are used in two ways: for something dear, at night and far from home; or for many small
    sums over the internet, one right after the other. Each single number of such a payment occurs among honest ones too.
    """

    standardise: ClassVar[bool] = True
    anomalies: ClassVar[bool] = True

    size: int = live(3000, ge=20, le=50_000, description="payments, all parts together")
    share: float = live(0.03, ge=0.002, le=0.5, description="share of the payments that are fraud; there are always four or more")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = labels(self.size, self.share)
        x = _honest(self.size, rng)
        dear = (y == 1) & (rng.random(self.size) < 0.5)
        x[dear] = _dear(x[dear], rng)
        x[(y == 1) & ~dear] = _many(x[(y == 1) & ~dear], rng)
        return Samples(x.astype(np.float32), y, ("honest", "fraud"), COLUMNS, "payment")


def _honest(n: int, rng: np.random.Generator) -> np.ndarray:
    hour = np.where(rng.random(n) < 0.9, rng.normal(15, 3.5, n), rng.uniform(0, 24, n)) % 24
    internet = rng.random(n) < 0.3
    distance = np.where(internet, 0.0, np.where(rng.random(n) < 0.93, rng.normal(0.6, 0.4, n), rng.normal(2.6, 0.4, n)))
    busy = rng.random(n) < 0.05  # somebody goes shopping
    count, gap = np.where(busy, rng.poisson(4, n), rng.poisson(0.3, n)), np.where(busy, rng.normal(0.8, 0.3, n), rng.normal(2.6, 0.5, n))
    return np.stack([rng.normal(1.5, 0.5, n), hour, distance, count, gap, internet], axis=1)


def _dear(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Payments `x` (n, 6) made dear, at night, far from home."""
    n = len(x)
    far = [rng.normal(2.6, 0.3, n), rng.normal(2.6, 0.4, n), np.zeros(n)]
    return np.stack([far[0], rng.normal(2, 2, n) % 24, far[1], x[:, 3], x[:, 4], far[2]], axis=1)


def _many(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Payments `x` (n, 6) made small, over the internet, one of many."""
    n = len(x)
    return np.stack([rng.normal(0.7, 0.3, n), x[:, 1], np.zeros(n), 2 + rng.poisson(4, n), rng.normal(0.2, 0.3, n), np.ones(n)], axis=1)
