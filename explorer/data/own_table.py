"""A table of one's own whose rows are of classes."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import numpy as np

from explorer.data._own_table import Answers, OwnTable
from explorer.errors import DataError
from explorer.experiment.data import DATASETS
from explorer.ingest.about import About, Notes
from explorer.ingest.columns import encoded
from explorer.ingest.content import Column, Content, Table
from explorer.ingest.roles import about_table

MOST_CLASSES = 200
RARE = ("blue", "green", "black", "white", "violet", "pink")  # one row of each


@DATASETS.register("own_table")
class OwnClasses(OwnTable):
    """A table you bring: the class of each row is to be told by its other columns.

    Numbers are brought to mean 0 and deviation 1, words become columns of 0 and 1; both are measured on the training part.
    """

    asks: ClassVar[str] = "the class of each row"

    @classmethod
    def suits(cls, about: About) -> int:
        return 2 * super().suits(about)

    def answers(self, column: Column) -> Answers:
        codes, levels = column.words
        if len(levels) > MOST_CLASSES:
            raise DataError(
                f"“{column.name}” has {len(levels):,} different values; as classes at most {MOST_CLASSES} can be told apart. "
                "Choose another target, or ask for a number of each row instead."
            )
        return Answers(codes.astype(np.int64), codes >= 0, levels)

    def example(self) -> tuple[Content, About]:
        return fruit()


@cache
def fruit() -> tuple[Table, About]:
    """240 pieces of fruit, made up: weight, length and colour of three kinds."""
    rng = np.random.default_rng(4)
    kind = np.arange(240) % 3
    weight = np.array([150.0, 120.0, 60.0])[kind] + rng.normal(0, 12, 240)
    length = np.array([7.5, 18.0, 5.0])[kind] + rng.normal(0, 1.0, 240)
    colours = [["red", "yellow", "orange"][one if rng.random() < 0.8 else rng.integers(3)] for one in kind]
    colours[: len(RARE)] = RARE
    columns = (
        Column("weight (g)", weight.round(1)),
        Column("length (cm)", length.round(1)),
        Column("colour", *encoded(colours)),
        Column("fruit", *encoded([("apple", "banana", "plum")[one] for one in kind])),
    )
    return Table(columns), about_table("an example: fruit", "made up", Table(columns), Notes())
