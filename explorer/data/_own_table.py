"""Columns of a table that somebody brought, as numbers: how each is written is measured on the training part alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from explorer.data._own import OwnRows, in_time, roles_of, target_of
from explorer.errors import DataError
from explorer.experiment.record import Record
from explorer.ingest.about import About, Role
from explorer.ingest.content import Column, Content, Table
from explorer.results.dataset import Samples

MOST_INPUTS = 2_000
MOST_LEVELS = 50  # of one category; rarer ones are one level together
SEEN_TWICE = 2  # a level that the training part holds only once teaches nothing
OTHER = "other"


class Answers(NamedTuple):
    """What there is to tell of each row.

    Attributes:
        y: int64 (n,) or float32 (n, 1); meaningless where it is not known.
        known: bool (n,).
        class_names: empty for numbers.
    """

    y: np.ndarray
    known: np.ndarray
    class_names: tuple[str, ...]


class Used(Record):
    """A column that is fed to the network."""

    name: str
    role: Literal["feature", "category"]


class OwnTable(OwnRows):
    """A table. A variant says what the target is made of and brings an example."""

    standardise: ClassVar[bool] = True
    fed: ClassVar[tuple[Role, ...]] = ("feature", "category")

    gaps: Literal["filled_in", "left_out"] = Field(
        "filled_in",
        description="missing values: filled in with the middle value of the column in the training part, and a column added that says "
        "where; or the whole row left out",
    )

    @abstractmethod
    def answers(self, column: Column) -> Answers:
        """What the target column says. Raises DataError when it cannot be a target of this kind."""

    @abstractmethod
    def example(self) -> tuple[Content, About]:
        """What stands in while nothing was brought."""

    def sample(self, rng: np.random.Generator) -> Samples:
        table, about = self.held(Table, self.example)
        columns = {column.name: column for column in table.columns}
        roles = roles_of(about, self.roles)
        target = target_of(roles, about)
        used = [Used(name=name, role=role) for name, role in roles.items() if role in ("feature", "category")]
        if not used:
            raise DataError(f"No column of “{about.name}” is fed to the network. Make at least one a feature or a category.")
        answers = self.answers(columns[target])
        rows = self._rows(answers.known & self._whole(used, columns), columns, roles)
        self.require(len(rows), f"with {target} known" if self.gaps == "filled_in" else "without a missing value")
        y, names = with_examples(answers.y[rows], answers.class_names)
        chosen = self._some(y if names else y[:, 0], len(names), rng)
        y, rows = y[chosen], rows[chosen]
        train = self._parts(y, len(names)).train
        x, inputs = encoded(used, columns, rows, train)
        return Samples(x, y, names, inputs, target if names else f"{target} (unit as in the file)")

    def _rows(self, usable: np.ndarray, columns: dict[str, Column], roles: dict[str, Role]) -> np.ndarray:
        """Numbers of the rows that are `usable`, bool (rows,): as they stand, or in order of time where they are divided in order."""
        order = in_time(columns, roles) if self.split == "in_order" else np.arange(len(usable))
        return order[usable[order]]

    def _whole(self, used: list[Used], columns: dict[str, Column]) -> np.ndarray:
        """Which rows can be used: all, or those in which no value is missing."""
        rows = len(next(iter(columns.values())))
        if self.gaps == "filled_in":
            return np.ones(rows, bool)
        return np.all([is_known(columns[one.name], one.role) for one in used], axis=0)


def is_known(column: Column, role: str) -> np.ndarray:
    """Where a column has a value that can be used in its role."""
    return np.isfinite(column.numbers) if role == "feature" else column.words[0] >= 0


def with_examples(y: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Classes numbered anew, without those of which there is no example. Numbers stay."""
    if not names:
        return y, names
    there = np.unique(y)
    return np.searchsorted(there, y).astype(np.int64), tuple(names[number] for number in there)


def encoded(used: list[Used], columns: dict[str, Column], rows: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The used columns as float32 (n, inputs), and what each input is called.

    Args:
        rows: of the table, one for each example.
        train: numbers of the examples of the training part.
    """
    inputs = {name: values for one in used for name, values in WRITTEN[one.role](columns[one.name], rows, train).items()}
    if len(inputs) > MOST_INPUTS:
        raise DataError(f"The columns become {len(inputs):,} inputs; the limit is {MOST_INPUTS:,}. Ignore categories with many values.")
    return np.stack(list(inputs.values()), axis=1).astype(np.float32), tuple(inputs)


def as_numbers(column: Column, rows: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """A number, filled in where it is missing, and where that was; if the training part has such places."""
    values = column.numbers[rows]
    missing = ~np.isfinite(values)
    seen = values[train][~missing[train]]
    if not len(seen):
        raise DataError(f"“{column.name}” has no numbers in the training part. Ignore the column, or make it a category.")
    found = {column.name: np.where(missing, np.median(seen), values)}
    return found | {f"{column.name}: missing": missing} if missing[train].any() else found


def as_levels(column: Column, rows: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """A column of 0 and 1 for each word the training part often has, and one for every other word, and for none."""
    codes, levels = column.words
    counts = np.bincount(codes[rows[train]] + 1, minlength=len(levels) + 1)[1:]
    often = [level for level in np.argsort(-counts, kind="stable")[:MOST_LEVELS] if counts[level] >= SEEN_TWICE]
    values = codes[rows]
    found = {f"{column.name}: {levels[level]}": values == level for level in sorted(often)}
    return found | {f"{column.name}: {_unlike(OTHER, levels)}": ~np.isin(values, often)}


def _unlike(name: str, levels: tuple[str, ...]) -> str:
    """A name that none of the levels has."""
    return name if name not in levels else _unlike(f"any {name}", levels)


WRITTEN: dict[str, Callable[[Column, np.ndarray, np.ndarray], dict[str, np.ndarray]]] = {"feature": as_numbers, "category": as_levels}
