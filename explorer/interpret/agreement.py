"""How far two maps agree about which parts matter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

NOTHING = 1e-6  # of the largest number of a map: what is smaller is taken as 0, so that rounding has no rank


def rank_agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of the sizes of two maps of one shape: 1 the same order, 0 none, -1 the opposite one.

    Places at which both are 0 do not count: where the input is empty most methods say nothing, whatever the network. Maps that are the same
    everywhere have no order: two of them agree (1), with any other they do not (0).
    Source: Spearman, "The Proof and Measurement of Association between Two Things", 1904.
    """
    sizes = np.stack([_sizes(one), _sizes(other)])
    first, second = (_ranks(size) for size in sizes[:, sizes.any(axis=0)])
    spread = float(first.std() * second.std())
    if spread == 0.0:
        return float(first.std() == second.std())
    return float(np.clip((first * second).mean() / spread, -1.0, 1.0))


def agreements(maps: Sequence[np.ndarray]) -> np.ndarray:
    """(k, k) rank agreement of every two of k maps."""
    found = np.ones((len(maps), len(maps)))
    for i in range(len(maps)):
        for j in range(i):
            found[i, j] = found[j, i] = rank_agreement(maps[i], maps[j])
    return found


def _sizes(values: np.ndarray) -> np.ndarray:
    size = np.abs(values).ravel().astype(float)
    return np.where(size > NOTHING * size.max(initial=0.0), size, 0.0)


def _ranks(size: np.ndarray) -> np.ndarray:
    """Ranks around their mean; equal sizes share one."""
    ranks = pd.Series(size).rank().to_numpy()
    return ranks - ranks.mean() if len(ranks) else np.zeros(1)


def two_digits(agreement: float) -> str:
    """As it is said: "0.41", never "-0.00"."""
    return f"{round(float(agreement), 2) + 0.0:.2f}"
