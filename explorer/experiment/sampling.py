"""What happens to drawn examples on their way to the network: thin, spoil, split, scale. Pure functions of arrays."""

from __future__ import annotations

import numpy as np


def imbalanced(y: np.ndarray, imbalance: float, classes: int, rng: np.random.Generator) -> np.ndarray:
    """Indices to keep: class 0 whole, the last class thinned to `1 - imbalance` of itself, those between geometrically.

    Every class keeps at least two examples, one for each part.
    """
    keep = []
    for label in range(classes):
        members = np.flatnonzero(y == label)
        share = (1 - imbalance) ** (label / max(classes - 1, 1))
        keep.append(members[: max(round(share * len(members)), 2)])
    return rng.permutation(np.concatenate(keep))


def split(y: np.ndarray, test_fraction: float, classes: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and the test part, both shuffled; each class is split in the same proportion."""
    groups = [np.flatnonzero(y == label) for label in range(classes)] if classes else [np.arange(len(y))]
    train, test = [], []
    for members in groups:
        members = rng.permutation(members)
        n_test = min(max(round(test_fraction * len(members)), 1), max(len(members) - 1, 0))
        test.append(members[:n_test])
        train.append(members[n_test:])
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))


def jittered(values: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """`values` (n, ...) plus Gaussian noise, in units of each column's own standard deviation (one for a whole picture)."""
    spread = values.std(axis=0 if values.ndim == 2 else None)
    return (values + noise * spread * rng.standard_normal(values.shape)).astype(np.float32)


def flipped_labels(y: np.ndarray, share: float, classes: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Labels with `share` of them replaced by another class drawn at random, and which were."""
    flipped = np.zeros(len(y), bool)
    flipped[rng.permutation(len(y))[: round(share * len(y))]] = True
    shift = rng.integers(1, max(classes, 2), len(y))
    return np.where(flipped, (y + shift) % classes, y), flipped


def scaling(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offset and scale that bring each column to mean 0 and standard deviation 1; a constant column gets scale 1."""
    scale = values.std(axis=0)
    return values.mean(axis=0), np.where(scale > 1e-12, scale, 1.0)
