"""The squares of a checkerboard."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.data._plane import AXES, by_region
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("checkerboard")
class Checkerboard(DataSpec):
    """The dark and the light squares of a checkerboard: every square more needs more hidden units."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    cells: int = live(4, ge=2, le=8, description="squares along each side of the board")

    def sample(self, rng: np.random.Generator) -> Samples:
        def colours(points: np.ndarray) -> np.ndarray:
            column_and_row = np.minimum((points + 1) / 2 * self.cells, self.cells - 1).astype(np.int64)  # (n, 2)
            return column_and_row.sum(axis=1) % 2

        x, y = by_region(colours, 2, self.size, rng)
        return Samples(x, y, ("dark squares", "light squares"), AXES)
