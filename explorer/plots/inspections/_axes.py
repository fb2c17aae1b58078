"""Axes of values that may span decades."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

WIDE = 30  # largest over smallest value from which on an axis is logarithmic


def scale(values: Iterable[float | None], from_zero: bool = True) -> dict[str, Any]:
    """Settings of an axis of sizes: logarithmic where they span decades, else plain, and from 0 on unless told otherwise."""
    shown = [value for value in values if value and np.isfinite(value)]
    if not shown or max(shown) <= WIDE * min(shown):
        return {"rangemode": "tozero" if from_zero else "normal"}
    return {"type": "log", "exponentformat": "power", "dtick": max(round(np.log10(max(shown) / min(shown)) / 8), 1)}
