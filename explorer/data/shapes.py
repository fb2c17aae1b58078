"""Simple shapes, anywhere in a picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data import _drawing
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

SIDE = 16


@DATASETS.register("shapes")
class Shapes(DataSpec):
    """Circle, square, triangle, cross or ring? It may lie anywhere, small or large and turned: no single pixel tells.

    The pictures are drawn, 16 x 16 pixels with soft edges, brighter or darker.
    """

    image_shape: ClassVar[tuple[int, int, int] | None] = (1, SIDE, SIDE)

    size: int = live(2000, ge=20, le=10_000, description="pictures, all parts together")
    turned: float = live(20.0, ge=0, le=180, description="degrees a shape is turned by at most, either way")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = np.arange(self.size, dtype=np.int64) % len(_drawing.NAMES)
        pictures, _ = _drawing.drawn(_drawing.poses(y, (0.2, 0.4), self.turned, rng), SIDE)
        return Samples(pictures, y, _drawing.NAMES, target_name="shape")
