"""Data that somebody brought: a record names them by their content, and they are taken from the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, TypeVar

import numpy as np
from pydantic import Field

from explorer.errors import DataError
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.ingest.about import About, Role
from explorer.ingest.content import Column, Content, Pictures, Sounds, Table
from explorer.ingest.store import Store

Kind = Literal["table", "pictures", "sounds"]
C = TypeVar("C", Table, Pictures, Sounds)
NAMES: dict[type, str] = {Table: "a table", Pictures: "pictures", Sounds: "recordings"}
BESIDE: dict[str, Role] = {"number": "feature", "text": "category"}  # what a column is that could have been the target
FEWEST = 4  # examples: two for each part


class OwnData(DataSpec):
    """What somebody brought. Until they do, a small example of such data stands in."""

    upload: ClassVar[bool] = True
    takes: ClassVar[Kind] = "table"
    asks: ClassVar[str] = ""  # what there is to tell, "the class of each row"

    content: str = Field(
        "",
        pattern=r"^([0-9a-f]{32})?$",
        description="name of the data you brought; while it is empty a small example stands in for them",
        json_schema_extra={"asked": False},
    )
    size: int = live(100_000, ge=4, le=100_000, description="examples used at most, all parts together")

    @classmethod
    def suits(cls, about: About) -> int:
        """How well it suits a content, judged by what is said of it: 0 not at all, and the greater the better."""
        return int(about.kind == cls.takes)

    def held(self, kind: type[C], example: Callable[[], tuple[Content, About]]) -> tuple[C, About]:
        """The content and what there is to say of it. Raises DataError when it is not here, or of another kind."""
        found, about = Store().load(self.content) if self.content else example()
        if not isinstance(found, kind):
            raise DataError(f"“{about.name}” holds {NAMES[type(found)]}, and {self.title()} takes {NAMES[kind]}. Choose another data set.")
        return found, about

    def require(self, examples: int, why: str) -> None:
        """Raises DataError when there are too few examples to train on some and test on others."""
        if examples < FEWEST:
            raise DataError(f"{self.title()} has {examples} examples {why}; it needs at least {FEWEST}. Bring more, or use other columns.")


class OwnRows(OwnData):
    """What somebody brought as a table, made of columns with a role each."""

    fed: ClassVar[tuple[Role, ...]] = ()  # roles of the columns that are used, besides the target

    roles: tuple[tuple[str, Role], ...] = Field((), max_length=2_000, description="columns that are used for something else than guessed")


def roles_of(about: About, changed: tuple[tuple[str, Role], ...]) -> dict[str, Role]:
    """What each column is for: as guessed, but for those that were given another role.

    A column that is made the target takes its place from the one that was guessed to be it.

    Raises:
        DataError: there is no such column, or more than one target was chosen.
    """
    roles, wanted = {column.name: column.role for column in about.columns}, dict(changed)
    for name in wanted:
        if name not in roles:
            raise DataError(f"“{about.name}” has no column “{name[:40]}”. Its columns are: {', '.join(list(roles)[:10])}.")
    if "target" in wanted.values():
        roles |= {column.name: BESIDE[column.stored] for column in about.columns if column.role == "target"}
    roles |= wanted
    targets = [name for name, role in roles.items() if role == "target"]
    if len(targets) > 1:
        raise DataError(f"More than one column is to be the target: {', '.join(targets)}. Choose one of them.")
    return roles


def target_of(roles: dict[str, Role], about: About) -> str:
    """The name of the column to tell. Raises DataError when there is none."""
    found = next((name for name, role in roles.items() if role == "target"), "")
    if not found:
        raise DataError(f"No column of “{about.name}” is the target, so there is nothing to learn. Choose the column that is to be told.")
    return found


def numeric_target(about: About, most: int = 0) -> bool:
    """Whether the column guessed to be the target holds numbers, more than `most` different ones."""
    return any(column.role == "target" and column.low is not None and column.distinct > most for column in about.columns)


def in_time(columns: dict[str, Column], roles: dict[str, Role]) -> np.ndarray:
    """Numbers of the rows in order of the column of time; of rows without a time, none. As they stand when there is no such column."""
    time = next((name for name, role in roles.items() if role == "time"), "")
    if not time:
        return np.arange(len(next(iter(columns.values()))))
    when = columns[time].times
    order = np.argsort(when, kind="stable")  # those without a time come last
    return order[: int(np.isfinite(when).sum())]
