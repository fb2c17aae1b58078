"""Measurements of one's own, one after another in time."""

from __future__ import annotations

from functools import cache
from typing import ClassVar, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import Field

from explorer.data._own import FEWEST, OwnRows, in_time, numeric_target, roles_of
from explorer.errors import DataError
from explorer.experiment.data import DATASETS, IN_TIME
from explorer.ingest.about import About, Notes, Role
from explorer.ingest.content import Column, Table
from explorer.ingest.roles import about_table
from explorer.results.dataset import Problem, Samples


@DATASETS.register("own_series")
class OwnSeries(OwnRows):
    """Measurements you bring, one after another in time: how they go on is to be foreseen.

    Rows are put in the order of the column of time, if there is one. Examples are stretches of them that may overlap; the last ones are
    for testing, and those that share a row with a later part are left out.
    """

    problem: ClassVar[Problem] = "forecasting"
    asks: ClassVar[str] = "how the target goes on in time"
    fed: ClassVar[tuple[Role, ...]] = ("feature", "time")
    series: ClassVar[bool] = True
    standardise: ClassVar[bool] = True

    split: Literal["in_order"] = IN_TIME
    others: bool = Field(False, description="whether the network also sees the other columns of numbers, or only the one it is to foresee")
    history: int = Field(24, ge=2, le=256, description="rows the network sees")
    horizon: int = Field(6, ge=1, le=64, description="rows it is to foresee")
    step: int = Field(30, ge=1, le=320, description="rows from the beginning of one example to that of the next; fewer make them overlap")
    gaps: Literal["last_value", "left_out"] = Field(
        "last_value", description="missing values: the last one before is taken, or the row left out"
    )

    @classmethod
    def suits(cls, about: About) -> int:
        times, told = (any(one.role == "time" for one in about.columns), numeric_target(about))
        return super().suits(about) * (4 if times and told else 1)

    def sample(self, rng: np.random.Generator) -> Samples:
        table, about = self.held(Table, tides)
        names, values = self._values(table, about)
        starts = self._starts(len(values), rng)
        windows = sliding_window_view(values, self.history + self.horizon, axis=0)[starts]  # (n, columns, history + horizon)
        x, y = windows[:, :, : self.history].swapaxes(1, 2), windows[:, 0, self.history :]
        return Samples(x.astype(np.float32), y.astype(np.float32), (), names, f"{names[0]} (unit as in the file)")

    def _values(self, table: Table, about: About) -> tuple[tuple[str, ...], np.ndarray]:
        """Names of the columns, the one to foresee first, and float64 (rows, columns) in order of time."""
        columns, roles = {column.name: column for column in table.columns}, roles_of(about, self.roles)
        names = self._used(columns, roles, about)
        values = np.stack([columns[name].numbers for name in names], axis=1)[in_time(columns, roles)]
        whole = np.isfinite(values).all(axis=1)
        first = int(whole.argmax()) if whole.any() else len(values)
        values, whole = values[first:], whole[first:]
        return names, values[whole] if self.gaps == "left_out" else carried_on(values)

    def _used(self, columns: dict[str, Column], roles: dict[str, Role], about: About) -> tuple[str, ...]:
        numbers = [name for name, role in roles.items() if role in ("target", "feature") and np.isfinite(columns[name].numbers).any()]
        if not numbers:
            raise DataError(f"“{about.name}” has no column of numbers to foresee. Give one the role target.")
        numbers.sort(key=lambda name: roles[name] != "target")
        return tuple(numbers) if self.others else tuple(numbers[:1])

    def _starts(self, rows: int, rng: np.random.Generator) -> np.ndarray:
        """Where each example begins, one part after the other, with nothing in common."""
        places = rows - self.history - self.horizon + 1
        gap = -(-(self.history + self.horizon) // self.step) - 1  # examples that share rows with the first one of the next part
        gaps = gap * (2 if self.validation_fraction else 1)
        count = min(self.size, (places - 1) // self.step + 1 - gaps)
        if count < FEWEST:
            raise DataError(
                f"{rows:,} rows are too few for examples of {self.history} + {self.horizon} rows: they give {max(count, 0)} that can be "
                f"parted into training and test, and at least {FEWEST} are needed. Make them shorter, or let them begin closer together."
            )
        span = (count + gaps - 1) * self.step
        parts = [part for part in self._parts(np.zeros(count), 0) if len(part)]
        places_taken = np.concatenate([part + number * gap for number, part in enumerate(parts)])
        return rng.integers(0, places - span) + self.step * places_taken


def carried_on(values: np.ndarray) -> np.ndarray:
    """Each missing value replaced by the last one before it; the first row has none missing."""
    places = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    return np.take_along_axis(values, np.maximum.accumulate(places, axis=0), axis=0)


@cache
def tides() -> tuple[Table, About]:
    """6,024 hours of a tide, made up of two waves and a little weather."""
    rng = np.random.default_rng(4)
    hours = np.arange(6_024)
    height = 1.2 * np.sin(2 * np.pi * hours / 12.42) + 0.5 * np.sin(2 * np.pi * hours / 12) + rng.normal(0, 0.05, len(hours))
    table = Table((Column("hour", hours.astype(float)), Column("height (m)", height.round(3))))
    return table, about_table("an example: tide", "made up", table, Notes())
