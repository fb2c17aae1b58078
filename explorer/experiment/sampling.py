"""What happens to drawn examples on their way to the network: thin, spoil, split, scale. Pure functions of arrays.

Decided: every random choice takes its own numbers, drawn for all examples at once, and is used from the front.
Because: moving one slider then moves only what it names: more noise pushes the same points further the same way,
more label noise flips further labels, a larger test part takes further examples.
Instead of: one generator handed from step to step, with which every slider would redraw everything behind it.
"""

from __future__ import annotations

import numpy as np


def subset(y: np.ndarray, size: int, classes: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers of `size` examples drawn at random from those with targets `y`; classes keep their proportions.

    Args:
        classes: 0 for a regression target, which is drawn from as a whole.
    """
    order = rng.permutation(len(y))
    if not classes:
        return order[:size]
    place = np.empty(len(y))
    for label in range(classes):
        members = order[y[order] == label]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)  # a class spreads itself evenly over 0 to 1
    return order[np.argsort(place[order], kind="stable")][:size]


def thinned(y: np.ndarray, imbalance: float, classes: int) -> np.ndarray:
    """Positions to keep, in order: class 0 whole, the last class at `1 - imbalance` of itself, those between geometrically.

    The front of each class stays. Every class keeps at least two examples, one for each part.
    """
    keep = np.zeros(len(y), bool)
    for label in range(classes):
        members = np.flatnonzero(y == label)
        share = (1 - imbalance) ** (label / max(classes - 1, 1))
        keep[members[: max(round(share * len(members)), 2)]] = True
    return np.flatnonzero(keep)


def split(y: np.ndarray, test_fraction: float, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the training and the test part, in order: the front of each class is for testing.

    Neither part of a group of two or more is empty. `y` must be in random order already.
    """
    groups = [np.flatnonzero(y == label) for label in range(classes)] if classes else [np.arange(len(y))]
    test = np.zeros(len(y), bool)
    for members in groups:
        test[members[: min(max(round(test_fraction * len(members)), 1), len(members) - 1)]] = True
    return np.flatnonzero(~test), np.flatnonzero(test)


def split_in_order(size: int, test_fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the training and of the test part where examples come in an order of time: the last are for testing."""
    tested = min(max(round(test_fraction * size), 1), size - 1)
    return np.arange(size - tested), np.arange(size - tested, size)


def kept(y: np.ndarray, count: int, classes: int) -> np.ndarray:
    """Positions of `count` examples to keep, in order: the front, with classes in their proportions and at least one of each.

    `y` must be in random order already.
    """
    place = (np.arange(len(y)) + 0.5) / len(y)
    for label in range(classes):
        members = np.flatnonzero(y == label)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
        place[members[:1]] = -1
    return np.sort(np.argsort(place, kind="stable")[: max(count, classes, 1)])


def without_most(y: np.ndarray, label: int, share: float) -> np.ndarray:
    """Positions to keep, in order, where `share` of class `label` is left out, but never all of it."""
    members = np.flatnonzero(y == label)
    left = max(round((1 - min(share, 1)) * len(members)), 1)
    return np.setdiff1d(np.arange(len(y)), members[left:])


def filled(x: np.ndarray, missing: np.ndarray, train: np.ndarray) -> np.ndarray:
    """`x` (n, columns) with every missing number replaced by its column's mean of those left in the part `train`; by 0 if none are."""
    there = ~missing[train]
    mean = (x[train] * there).sum(axis=0, dtype=np.float64) / np.maximum(there.sum(axis=0), 1)
    return np.where(missing, mean.astype(np.float32), x)


def centre_and_spread(x: np.ndarray, each_column: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (columns,) over all but the last axis; without `each_column` those of all numbers, one each.

    A column of 0 and 1 alone says yes or no: its spread is 0, so that nothing that is measured in spreads moves it.
    """
    if not each_column:
        return np.array([x.mean(dtype=np.float64)]), np.array([x.std(dtype=np.float64)])
    rows = x.reshape(-1, x.shape[-1])
    said = ((rows == 0) | (rows == 1)).all(axis=0)
    return rows.mean(axis=0, dtype=np.float64), np.where(said, 0.0, rows.std(axis=0, dtype=np.float64))


def moved(x: np.ndarray, how: str, strength: float, measure: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """`x` as an instrument measures it that differs from the one of the training part, whose mean and spread are `measure`."""
    mean, spread = measure
    if how == "moved":
        return (x + strength * spread).astype(np.float32)
    if how == "stretched":
        return (x + strength * np.where(spread > 0, x - mean, 0)).astype(np.float32)
    return (x + strength * spread * rng.standard_normal(x.shape)).astype(np.float32)


def jittered(values: np.ndarray, noise: float, each_column: bool, rng: np.random.Generator) -> np.ndarray:
    """`values` (n, ...) plus Gaussian noise with a standard deviation of `noise` times their own.

    Args:
        each_column: every column by its own deviation (columns of a table have different units), else all by one.
    """
    deviation = values.std(axis=0, dtype=np.float64)
    spread = deviation if each_column else np.sqrt((deviation**2).mean())
    return (values + noise * spread * rng.standard_normal(values.shape)).astype(np.float32)


def flipped_labels(y: np.ndarray, share: float, classes: int, rank: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels with `share` of them replaced by another class, and which were.

    Args:
        rank: (n,) numbers that say which labels go first.
        shift: (n,) how far each label moves when it goes, 1 to classes - 1.
    """
    flipped = np.zeros(len(y), bool)
    flipped[np.argsort(rank)[: round(share * len(y))]] = True
    return np.where(flipped, (y + shift) % classes, y), flipped


def scaling(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offset and scale that bring each column to mean 0 and standard deviation 1; a constant column gets scale 1."""
    scale = values.std(axis=0, dtype=np.float64)
    varies = scale > 1e-6 * np.abs(values).max(axis=0)  # below float32's own rounding a column is constant
    return values.mean(axis=0, dtype=np.float64), np.where(varies, scale, 1.0)
