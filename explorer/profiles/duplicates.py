"""Examples that come twice: a test example the network was trained on says nothing about examples it has not seen."""

from __future__ import annotations

import numpy as np

from explorer.results.dataset import Dataset
from explorer.results.profile import Duplicates

MOST_TESTED, MOST_TRAINED = 1000, 4000  # examples whose nearness is measured: a matrix of distances of 16 MB
FEWEST_NUMBERS = 8  # with fewer, examples come near one another by chance
NEAR = 0.1  # of the usual distance from a training example to the nearest other one
USUAL = 500  # training examples that distance is measured on


def duplicates(dataset: Dataset) -> Duplicates:
    """Inputs that come again: in the other part exactly or nearly, and within the training part, perhaps with another answer.

    Nearly means closer than a tenth of the usual distance between neighbours, every number scaled to deviation 1.
    """
    train, test = (part.raw.reshape(len(part), -1) for part in (dataset.train, dataset.test))
    known, repeated, contradicting = _first_of_each(train, dataset.train.y)
    exact = np.array([(i, known[key]) for i, key in enumerate(_keys(test)) if key in known], int).reshape(-1, 2)
    blank = int((np.ptp(test[exact[:, 0]], axis=1) == 0).sum())
    if dataset.vocabulary or train.shape[1] < FEWEST_NUMBERS:
        return Duplicates(exact, np.zeros((0, 2), int), False, 0.0, (0, 0), repeated, contradicting, blank)
    tested, trained = _front(test, MOST_TESTED), _front(train, MOST_TRAINED)
    near, usual = _near(*_scaled(trained, tested))
    near = near[~np.isin(near[:, 0], exact[:, 0])]
    return Duplicates(exact, near, True, usual, (len(tested), len(trained)), repeated, contradicting, blank)


def _keys(rows: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(rows)]


def _first_of_each(rows: np.ndarray, y: np.ndarray) -> tuple[dict[bytes, int], int, int]:
    """Number of the first example with each input, how many come again, and how many of those have another answer."""
    first: dict[bytes, int] = {}
    repeated = contradicting = 0
    for i, key in enumerate(_keys(rows)):
        before = first.setdefault(key, i)
        repeated += before != i
        contradicting += before != i and not np.array_equal(y[i], y[before])
    return first, repeated, contradicting


def _front(rows: np.ndarray, most: int) -> np.ndarray:
    return rows[:most]


def _scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both by the training part's mean and deviation; missing numbers count as its mean."""
    mean, deviation = np.nanmean(train, axis=0), np.nanstd(train, axis=0)
    deviation = np.where(deviation > 0, deviation, 1)
    return tuple(np.nan_to_num((rows - mean) / deviation).astype(np.float32) for rows in (train, test))


def _near(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, float]:
    """(k, 2): numbers of test and training examples that all but coincide; and the share of training examples that do so with another."""
    usual = _squared(train[:USUAL], train)
    np.fill_diagonal(usual, np.inf)
    neighbour = usual.min(axis=1)
    limit = NEAR**2 * np.median(neighbour)
    distance = _squared(test, train)
    nearest = distance.argmin(axis=1)
    close = np.flatnonzero(distance[np.arange(len(test)), nearest] < limit)
    return np.column_stack([close, nearest[close]]), float((neighbour < limit).mean())


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (len(a), len(b))."""
    return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)
