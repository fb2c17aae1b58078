"""Prices of shares."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.experiment.data import DATASETS, IN_TIME, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

WEEKS = 5  # of a stretch: four to see, one to foresee
NAMES = ("GOOG", "AAPL", "AMZN", "FB", "NFLX", "MSFT")
STRETCHES = 20


@DATASETS.register("stocks")
class Stocks(DataSpec):
    """What will a share cost next week? The prices of six shares, 2018 and 2019; nobody beats "as it costs now" by much.

    Each example is four weeks of one share and the week after them, as the price over that of its first week. Stretches do not
    overlap, and the last ones are for testing. Where the first stretch begins, in the first six weeks, depends on the seed.
    Source: weekly closing prices, by way of plotly.data.
    """

    problem: ClassVar[Problem] = "forecasting"
    series: ClassVar[bool] = True
    standardise: ClassVar[bool] = True

    split: Literal["in_order"] = IN_TIME
    size: int = live(120, ge=20, le=120, description="examples used of the 120 there are, the latest, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        start = rng.integers(0, WEEKS + 1)
        rows = _prices()[start : start + STRETCHES * WEEKS].reshape(STRETCHES, WEEKS, len(NAMES))
        rows = (rows / rows[:, :1]).transpose(0, 2, 1).reshape(-1, WEEKS)[-self.size :].astype(np.float32)
        name = "price (times that of the first week)"
        return Samples(rows[:, :-1, None], rows[:, -1:], feature_names=(name,), target_name=name)


def _prices() -> np.ndarray:
    """float64 (105 weeks, 6)."""
    from plotly import data  # pandas with it takes a second

    return data.stocks()[list(NAMES)].to_numpy(float)
