"""The same letters in the order of the alphabet."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data._tokens import LetterRows
from explorer.experiment.data import DATASETS


@DATASETS.register("sort")
class Sort(LetterRows):
    """Put a row of letters into the order of the alphabet: every answer depends on how often each letter came."""

    asked: ClassVar[str] = "the letter at this place of the sorted row"

    def answer(self, x: np.ndarray) -> np.ndarray:
        return np.sort(x, axis=1)
