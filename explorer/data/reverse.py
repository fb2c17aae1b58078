"""The same letters backwards."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data._tokens import LetterRows
from explorer.experiment.data import DATASETS


@DATASETS.register("reverse")
class Reverse(LetterRows):
    """Say a row of letters backwards: the first answer is the letter read last, so the whole row has to be in view."""

    asked: ClassVar[str] = "the letter at the mirrored place"

    def answer(self, x: np.ndarray) -> np.ndarray:
        return x[:, ::-1].copy()
