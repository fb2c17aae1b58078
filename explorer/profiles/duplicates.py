"""Examples that come twice: a test example the network was trained on says nothing about examples it has not seen."""

from __future__ import annotations

import numpy as np

from explorer.profiles.nearness import MOST_TESTED, MOST_TRAINED, nearness_of
from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Duplicates

OTHERS = (("validation", "training"), ("test", "validation"))  # besides test and training: (later part, earlier part)


def duplicates(dataset: Dataset, later: str = "test", earlier: str = "training") -> Duplicates:
    """Inputs that come again: in the other part exactly or nearly, and within the earlier part, perhaps with another answer.

    Args:
        later, earlier: names of the two parts.
    """
    first, second = dataset.parts[earlier], dataset.parts[later]
    known, repeated, contradicting = _first_of_each(first)
    rows = _flat(second)
    exact = np.array([(i, known[key]) for i, key in enumerate(_keys(rows)) if key in known], int).reshape(-1, 2)
    blank = int((np.ptp(rows[exact[:, 0]], axis=1) == 0).sum())
    found = Duplicates(exact, np.zeros((0, 2), int), False, 0.0, (0, 0), repeated, contradicting, blank, (later, earlier))
    return _with_near(dataset, found)


def other_duplicates(dataset: Dataset) -> tuple[Duplicates, ...]:
    """The same between the validation part and the other two; none where there is no such part."""
    return tuple(duplicates(dataset, *pair) for pair in OTHERS) if dataset.validation else ()


def _with_near(dataset: Dataset, found: Duplicates) -> Duplicates:
    measure = nearness_of(dataset)
    later, earlier = (dataset.parts[name] for name in found.parts)
    if measure is None or len(earlier) < 2:
        return found
    near, alike = measure.find(earlier, later)
    near = near[~np.isin(near[:, 0], found.exact[:, 0])]
    compared = (min(len(later), MOST_TESTED), min(len(earlier), MOST_TRAINED))
    return Duplicates(
        found.exact, near, True, float(alike.mean()), compared, found.repeated, found.contradicting, found.blank, found.parts, measure.words
    )


def _keys(rows: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(rows)]


def _flat(part: Part) -> np.ndarray:
    return part.raw.reshape(len(part), -1)


def _first_of_each(part: Part) -> tuple[dict[bytes, int], int, int]:
    """Number of the first example with each input, how many come again, and how many of those have another answer."""
    first: dict[bytes, int] = {}
    repeated = contradicting = 0
    for i, key in enumerate(_keys(_flat(part))):
        before = first.setdefault(key, i)
        repeated += before != i
        contradicting += before != i and not np.array_equal(part.y[i], part.y[before])
    return first, repeated, contradicting
