"""Handwritten digits."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import numpy as np

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("digits")
class Digits(DataSpec):
    """Handwritten digits in 8 x 8 pixels: which of 0 to 9 was written? 1,797 pictures by 13 people.

    Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI repository, 1998, by way of scikit-learn.
    Brightness, 0 to 16 there, is scaled to 0 to 1.
    """

    image_shape: ClassVar[tuple[int, int, int] | None] = (1, 8, 8)

    size: int = live(1797, ge=40, le=1797, description="examples used of the 1,797 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        images, digits = _pictures()
        chosen = self._some(digits, 10, rng)
        return Samples(images[chosen], digits[chosen], tuple("0123456789"), target_name="digit")


@cache
def _pictures() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # takes a second, which nobody who plays with spirals should wait

    found = load_digits()
    return (found.images / 16).astype(np.float32)[:, None], found.target.astype(np.int64)
