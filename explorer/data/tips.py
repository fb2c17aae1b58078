"""Tips in a restaurant."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data._table import encoded
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

NUMBERS = {"total_bill": "bill (US dollars)", "size": "people at the table"}
WORDS = {"sex": "who paid", "smoker": "smokers at the table", "day": "day", "time": "meal"}


@DATASETS.register("tips")
class Tips(DataSpec):
    """How large is the tip, by the bill and who was at the table? 244 bills of one waiter.

    Source: Bryant & Smith, "Practical Data Analysis", 1995, by way of plotly.data.
    """

    problem: ClassVar[Problem] = "regression"
    standardise: ClassVar[bool] = True

    size: int = live(244, ge=20, le=244, description="examples used of the 244 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        from plotly import data  # pandas with it takes a second

        x, y, names = encoded(data.tips(), NUMBERS, WORDS, "tip")
        chosen = self._some(y[:, 0], 0, rng)
        return Samples(x[chosen], y[chosen], feature_names=names, target_name="tip (US dollars)")
