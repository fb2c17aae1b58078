"""Faces and what is none."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data._photographs import photograph
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

THERE = 200  # the first half are faces


@DATASETS.register("faces")
class Faces(DataSpec):
    """Is it a face? 100 faces and 100 other pieces of photographs, 25 x 25 pixels: real pictures, and few.

    Of 60 to test on, one more mistake is almost two parts in a hundred. It needs the package scikit-image.
    Source: Huang et al., "Labeled Faces in the Wild", University of Massachusetts, 2007; a part of it, by way of scikit-image.
    """

    image_shape: ClassVar[tuple[int, int, int] | None] = (1, 25, 25)

    size: int = live(THERE, ge=20, le=THERE, description="pictures used of the 200 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = (np.arange(THERE) < THERE // 2).astype(np.int64)
        chosen = self._some(y, 2, rng)
        return Samples(photograph("lfw_subset")[chosen, None], y[chosen], ("no face", "face"), target_name="what is on it")
