"""What each column of a table is likely to be for, with the reason, and how its values look."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from explorer.ingest.about import About, ColumnAbout, Notes, Role, shown
from explorer.ingest.columns import MOSTLY
from explorer.ingest.content import Column, Table
from explorer.ingest.values import written

MOST_CATEGORIES = 50
SHOWN_VALUES = 10
FEW_ROWS = 20  # with fewer, that all values differ says nothing
ID_NAMES = re.compile(r"(^|[ _.-])(id|ids|index|key|uuid|nr|no|number|row)$|^unnamed|^(id|index)[ _.-]", re.IGNORECASE)
TIME_NAMES = re.compile(r"(^|[ _.-])(time|date|datetime|timestamp|day|month|year|hour|ds)([ _.-]|$)", re.IGNORECASE)
TARGET_NAMES = re.compile(
    r"^(target|label|labels|class|category|y|outcome|result|response|species|diagnosis|survived|sentiment)$", re.IGNORECASE
)


class Guess(NamedTuple):
    """A role and why."""

    role: Role
    reason: str


class Facts(NamedTuple):
    """What a column is judged by."""

    name: str
    column: Column
    known: int  # values that are there
    distinct: int
    common: tuple[tuple[str, int], ...]  # the most frequent values and their counts
    numeric: float  # share of the values that are numbers
    dated: float = 0.0  # share of them that are dates
    length: float = 0.0  # mean length of words, characters


def about_table(name: str, source: str, table: Table, notes: Notes) -> About:
    """The columns described and their roles guessed."""
    facts = [facts_of(column) for column in table.columns]
    guesses = with_target(facts, [guess(one) for one in facts])
    for one, found in zip(facts, guesses, strict=True):
        if one.distinct == 1 and len(table) > 1:
            what = "columns that never change teach a network nothing"
            notes.add(f"column “{shown(one.name)}”", what, "They are left out; give one another role to use it all the same.")
        if found.role != "ignore" and 0 < one.known < len(table):
            what = f"“{shown(one.name)}” has missing values"
            notes.add(f"column “{shown(one.name)}”", what, "Choose how missing values are filled.", len(table) - one.known)
    columns = tuple(described(one, found, len(table)) for one, found in zip(facts, guesses, strict=True))
    return About(kind="table", name=shown(name, 120), source=source, rows=len(table), columns=columns, problems=notes.problems)


def facts_of(column: Column) -> Facts:
    """Count what is in a column."""
    if column.levels is None:
        values, counts = np.unique(column.values[np.isfinite(column.values)], return_counts=True)
        common = tuple((written(values[place]), int(counts[place])) for place in most(counts))
        return Facts(column.name, column, int(counts.sum()), len(values), common, float(len(values) > 0))
    known = column.values >= 0
    counts = np.bincount(column.values[known], minlength=len(column.levels))
    common = tuple((shown(column.levels[place]), int(counts[place])) for place in most(counts))
    total = max(int(counts.sum()), 1)
    numeric = np.isfinite(column.numbers[known]).sum() / total
    dated = np.isfinite(column.times[known]).sum() / total - numeric
    length = np.dot([len(level) for level in column.levels], counts) / total
    return Facts(column.name, column, int(counts.sum()), len(counts), common, float(numeric), float(dated), float(length))


def most(counts: np.ndarray) -> np.ndarray:
    """Places of the largest counts, the largest first."""
    return np.argsort(-counts, kind="stable")[:SHOWN_VALUES]


def guess(facts: Facts) -> Guess:
    """The likeliest role of one column, looked at alone."""
    if facts.distinct <= 1:
        return Guess("ignore", "it never changes" if facts.distinct else "it is empty")
    if facts.dated >= MOSTLY:
        return Guess("time", "its values are dates")
    if facts.numeric >= MOSTLY:
        return _guess_of_numbers(facts)
    return _guess_of_words(facts)


def _guess_of_numbers(facts: Facts) -> Guess:
    if TIME_NAMES.search(facts.name) and _rises(facts.column.numbers):
        return Guess("time", "its name is that of a time, and it rises from row to row")
    if ID_NAMES.search(facts.name) and facts.distinct == facts.known:
        return Guess("ignore", "by its name and its values, all different, it tells rows apart")
    if facts.numeric < 1:
        return Guess("feature", f"{facts.numeric:.1%} of its values are numbers; the others count as missing")
    return Guess("feature", "its values are numbers")


def _guess_of_words(facts: Facts) -> Guess:
    if facts.length >= 20 or (facts.length >= 10 and facts.distinct > MOST_CATEGORIES):
        return Guess("text", f"its values are long, {facts.length:.0f} characters on average")
    if facts.distinct == facts.known >= FEW_ROWS:
        return Guess("ignore", "all its values are different, as those that tell rows apart are")
    if facts.distinct > MOST_CATEGORIES:
        return Guess("ignore", f"it has {facts.distinct:,} different values; a category has at most {MOST_CATEGORIES}")
    return Guess("category", f"it has {facts.distinct} different values that are words")


def _rises(values: np.ndarray) -> bool:
    return bool((np.diff(values) > 0).all())  # not with a missing one


def with_target(facts: list[Facts], guesses: list[Guess]) -> list[Guess]:
    """One of the columns is what there is to tell: one named so, else the last category, else the last number."""
    usable = [number for number, found in enumerate(guesses) if found.role in ("feature", "category")]
    named = [number for number in usable if TARGET_NAMES.search(facts[number].name.strip())]
    words = [number for number in usable if guesses[number].role == "category"]
    for candidates, reason in ((named, "its name says so"), (words, "it is the last column of words"), (usable, "it is the last column")):
        if candidates:
            return [Guess("target", reason) if number == candidates[-1] else found for number, found in enumerate(guesses)]
    return guesses


def described(facts: Facts, found: Guess, rows: int) -> ColumnAbout:
    """Everything there is to tell of a column."""
    about = ColumnAbout(
        name=facts.name,
        stored="number" if facts.column.levels is None else "text",
        role=found.role,
        reason=found.reason,
        missing=rows - facts.known,
        distinct=facts.distinct,
        common=facts.common,
    )
    numbers = facts.column.numbers[np.isfinite(facts.column.numbers)]
    if not len(numbers) or facts.numeric < MOSTLY:
        return about
    return about.model_copy(update={"low": float(numbers.min()), "high": float(numbers.max()), "mean": float(numbers.mean())})
