"""Columns of a data frame as numbers: those with missing values dropped, words turned into columns of 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def encoded(
    frame: Any, numbers: Mapping[str, str], words: Mapping[str, str], target: str
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """The chosen columns of a pandas frame as one table.

    A column of words becomes one column of 0 and 1 for each word there is (one-hot), in alphabetical order.
    Rows with a missing value in any column used are left out.

    Args:
        numbers, words: column of the frame -> its name for people, with its unit.
        target: column to predict.

    Returns:
        float32 (n, columns), the target as float32 (n, 1), and the name of each column.
    """
    frame = frame[[*numbers, *words, target]].dropna()
    columns = {name: frame[column].to_numpy(float) for column, name in numbers.items()}
    for column, name in words.items():
        values = frame[column].to_numpy(str)
        columns |= {f"{name}: {word}": (values == word).astype(float) for word in np.unique(values)}
    x = np.stack(list(columns.values()), axis=1).astype(np.float32)
    return x, frame[target].to_numpy(np.float32)[:, None], tuple(columns)
