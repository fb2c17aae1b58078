"""The same letters again, later."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.data._tokens import LetterRows
from explorer.experiment.data import DATASETS


@DATASETS.register("copy")
class Copy(LetterRows):
    """Say every letter again, some places later: what was read has to be remembered until its turn comes.

    At the first places, where there is nothing to repeat yet, the right answer is a dot.
    Source: the echo variant of the copying task of Hochreiter & Schmidhuber, "Long Short-Term Memory", 1997.
    """

    asked: ClassVar[str] = "the letter read some places before"
    more_answers: ClassVar[tuple[str, ...]] = ("·",)

    delay: int = Field(3, ge=1, le=32, description="how many places later a letter is said again; in a shorter row, at its last place")

    def answer(self, x: np.ndarray) -> np.ndarray:
        delay = min(self.delay, self.length - 1)
        y = np.full_like(x, self.letters)
        y[:, delay:] = x[:, :-delay]
        return y
