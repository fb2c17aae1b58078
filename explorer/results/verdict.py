"""How one explanation did in one trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.results.inspected import Inspected

NAMED = ("trial", "title", "words", "passed", "numbers")


@dataclass(frozen=True)
class Verdict:
    """The outcome of one trial.

    Attributes:
        trial: kind of the trial.
        title: its name for people.
        words: what was found, in sentences with the numbers.
        passed: whether the explanation kept to what it was tried for; None where there is no yes or no.
        numbers: by name, plain and finite.
        arrays: its curves, by name; what each holds is said by the trial.
    """

    trial: str
    title: str
    words: str
    passed: bool | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


def packed(verdicts: Sequence[Verdict]) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Verdicts as plain JSON data, and their arrays named "trial/name"."""
    plain = [{name: getattr(one, name) for name in NAMED} | {"numbers": dict(one.numbers)} for one in verdicts]
    return plain, {f"{one.trial}/{name}": array for one in verdicts for name, array in one.arrays.items()}


def verdicts_of(found: Inspected) -> list[Verdict]:
    """The verdicts in a record whose facts hold them as "verdicts"."""
    return [Verdict(**plain, arrays=_arrays_of(found, plain["trial"])) for plain in found.facts["verdicts"]]


def _arrays_of(found: Inspected, trial: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(f"{trial}/"): array for name, array in found.arrays.items() if name.startswith(f"{trial}/")}
