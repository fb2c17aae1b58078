"""Brick, grass and gravel."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import numpy as np

from explorer.data._photographs import evened, halved, photograph, tiles
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

NAMES = ("brick", "grass", "gravel")
CUT = 32  # pixels of a piece in the photograph; it is shown at half the size
THERE = 768  # pieces of all photographs


@DATASETS.register("textures")
class Textures(DataSpec):
    """Brick, grass or gravel? Pieces of photographs, 16 x 16 pixels: no pixel tells, the pattern does.

    Three photographs are cut into 256 pieces each. No two pieces overlap, so none of the test part was trained on; brightness and
    contrast are made the same in all, so that only the pattern is left. It needs the package scikit-image.
    Source: photographs of CC0Textures, by way of scikit-image.
    """

    image_shape: ClassVar[tuple[int, int, int] | None] = (1, CUT // 2, CUT // 2)

    size: int = live(THERE, ge=30, le=THERE, description="pieces used of the 768 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        pictures = _pieces()
        y = np.repeat(np.arange(len(NAMES)), len(pictures) // len(NAMES))
        chosen = self._some(y, len(NAMES), rng)
        return Samples(pictures[chosen], y[chosen], NAMES, target_name="material")


@cache
def _pieces() -> np.ndarray:
    """float32 (n, 1, side, side), one photograph after the other."""
    return evened(halved(np.concatenate([tiles(photograph(name), CUT) for name in NAMES])))[:, None]
