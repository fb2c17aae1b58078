"""Sets in which a few examples are not as the others."""

from __future__ import annotations

import numpy as np

FEWEST = 4  # anomalies: two for each part


def labels(size: int, share: float) -> np.ndarray:
    """int64 (size,): 1 for `share` of the examples and for FEWEST at least, else 0; the ones spread evenly."""
    few = min(max(round(share * size), FEWEST), size // 2)
    y = np.zeros(size, np.int64)
    y[(np.arange(few) * size) // few] = 1
    return y
