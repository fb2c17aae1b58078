"""How the picture of a sound was made, so that one can go back from places of the picture to the sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hearing:
    """Where each row and column of such a picture lies in the sound.

    Attributes:
        rate: samples per second.
        starts: int64 (frames,), the first sample of each column.
        window: samples of which a column is made.
        shares: float (bands, frequencies), how much of each frequency each row holds, the top row first; the frequencies lie evenly
            from 0 to half the rate.
    """

    rate: int
    starts: np.ndarray
    window: int
    shares: np.ndarray

    @property
    def seconds(self) -> np.ndarray:
        """The middle of each column, float (frames,)."""
        return (self.starts + self.window / 2) / self.rate

    @property
    def hertz(self) -> np.ndarray:
        """The middle of each row, float (bands,); 0 for a row that holds nothing."""
        frequencies = np.linspace(0, self.rate / 2, self.shares.shape[1])
        return self.shares @ frequencies / np.maximum(self.shares.sum(1), 1e-12)
