"""Bins for numbers of any size."""

from __future__ import annotations

import numpy as np


def bin_edges(values: np.ndarray, bins: int) -> np.ndarray:
    """float64 (bins + 1,), evenly from the smallest to the largest finite value; around a single one; from 0 to 1 where there is none."""
    finite = values[np.isfinite(values)].astype(float)
    if not len(finite):
        return np.linspace(0.0, 1.0, bins + 1)
    low, high = float(finite.min()), float(finite.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        wide = 0.5 + 1e-3 * abs(low)
        low, high = low - wide, high + wide
    return np.linspace(low, high, bins + 1)
