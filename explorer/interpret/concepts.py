"""Concepts: what some examples have in common, and how such examples are named."""

from __future__ import annotations

import re

import numpy as np

from explorer.errors import SpecError
from explorer.interpret.groups import column_name, two_valued
from explorer.interpret.subject import Subject

FEWEST = 6  # examples on either side of a concept
LOOKED_AT = 3000  # examples, from the first on, among which concepts are sought
MOST_WORDS = 40  # that are offered
RANGE = re.compile(r"(\d+)\s*(?:-\s*(\d+))?")


def concepts_of(subject: Subject) -> dict[str, np.ndarray]:
    """What examples can be told apart by here -> which of the first LOOKED_AT have it, bool (n,); each has enough with and without it."""
    found = {**_classes(subject), **_shortcut(subject), **_columns(subject), **_words(subject)}
    return {name: has for name, has in found.items() if FEWEST <= has.sum() <= len(has) - FEWEST}


def _classes(subject: Subject) -> dict[str, np.ndarray]:
    truths = np.array(subject.truths[:LOOKED_AT])
    return {f"is {truth}": truths == truth for truth in sorted(set(truths.tolist())) if truth}


def _shortcut(subject: Subject) -> dict[str, np.ndarray]:
    if subject.planted is None:
        return {}
    planted = subject.planted[:LOOKED_AT]
    return {"carries the planted shortcut": planted.reshape(len(planted), -1).max(axis=1)}


def _columns(subject: Subject) -> dict[str, np.ndarray]:
    """Columns above their median; of yes and no, those with yes."""
    if subject.kind not in ("table", "points"):
        return {}
    rows, found = subject.x[:LOOKED_AT].cpu().numpy(), {}
    for at in range(rows.shape[1]):
        name = column_name(subject, at)
        middle = (rows[:, at].min() + rows[:, at].max()) / 2 if two_valued(subject, at) else np.median(rows[:, at])
        found[name if two_valued(subject, at) else f"{name} above its median"] = rows[:, at] > middle
    return found


def _words(subject: Subject) -> dict[str, np.ndarray]:
    """Tokens that some texts have and some have not, those first that split them most evenly."""
    if not subject.vocabulary:
        return {}
    rows = subject.x[:LOOKED_AT].cpu().numpy()
    there = {token: (rows == token).any(1) for token in np.unique(rows).tolist() if token != subject.blank}
    evenly = sorted(there, key=lambda token: abs(there[token].mean() - 0.5))[:MOST_WORDS]
    return {f"contains {subject.vocabulary[token]!r}": there[token] for token in evenly}


def numbers_in(text: str, count: int, called: str) -> np.ndarray:
    """ "3, 17, 40-52" -> the numbers, in order, each once.

    Args:
        text: numbers and ranges (the last belongs to them), separated by commas.
        count: how many examples there are.
        called: what they are: "test example".

    Raises:
        SpecError: something else stands there, or there is no such example.
    """
    found: set[int] = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        read = RANGE.fullmatch(part)
        if read is None:
            raise SpecError(f'numbers: {part[:40]!r} is no number and no range. Write them like "3, 17, 40-52".')
        first, last = int(read[1]), int(read[2] or read[1])
        if last < first:
            raise SpecError(f"numbers: the range {part[:40]!r} ends before it begins. Write {last}-{first}.")
        if last >= count:
            raise SpecError(f"numbers: there is no {called} {last}: there are {count}, counted from 0 to {count - 1}.")
        found |= set(range(first, last + 1))
    return np.array(sorted(found), np.int64)
