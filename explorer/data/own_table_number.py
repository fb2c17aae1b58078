"""A table of one's own with a number to tell."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import numpy as np

from explorer.data._own import numeric_target
from explorer.data._own_table import Answers, OwnTable
from explorer.errors import DataError
from explorer.experiment.data import DATASETS
from explorer.ingest.about import About, Notes
from explorer.ingest.content import Column, Content, Table
from explorer.ingest.roles import about_table
from explorer.results.dataset import Problem

MOST_CLASSES = 20  # different numbers of a target that are likely to be classes


@DATASETS.register("own_table_number")
class OwnNumber(OwnTable):
    """A table you bring: the number in one of its columns is to be told by the others.

    Numbers are brought to mean 0 and deviation 1, words become columns of 0 and 1; both are measured on the training part.
    """

    problem: ClassVar[Problem] = "regression"
    asks: ClassVar[str] = "a number of each row"

    @classmethod
    def suits(cls, about: About) -> int:
        return super().suits(about) * (3 if numeric_target(about, MOST_CLASSES) else 1)

    def answers(self, column: Column) -> Answers:
        known = np.isfinite(column.numbers)
        if not known.any():
            raise DataError(f"“{column.name}” holds no numbers. Choose another target, or ask for a class of each row instead.")
        return Answers(np.nan_to_num(column.numbers)[:, None].astype(np.float32), known, ())

    def example(self) -> tuple[Content, About]:
        return cooling()


@cache
def cooling() -> tuple[Table, About]:
    """How warm 240 cups of tea are after a while, by Newton's law of cooling; made up."""
    rng = np.random.default_rng(4)
    room, start, minutes = rng.uniform(15, 28, 240), rng.uniform(70, 95, 240), rng.uniform(1, 60, 240)
    warm = room + (start - room) * np.exp(-minutes / 25) + rng.normal(0, 0.5, 240)
    values = {"room (°C)": room, "tea at first (°C)": start, "time waited (min)": minutes, "tea at last (°C)": warm}
    table = Table(tuple(Column(name, column.round(1)) for name, column in values.items()))
    return table, about_table("an example: tea", "made up", table, Notes())
