"""Round clouds of points."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._plane import AXES, blobs, class_numbers, polar
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


def _ring(classes: int) -> np.ndarray:
    return polar(1.0, 2 * np.pi * np.arange(classes) / classes + np.pi / 4)


def _line(classes: int) -> np.ndarray:
    return np.linspace([-1, -1], [1, 1], classes)


def _grid(classes: int) -> np.ndarray:
    columns = int(np.ceil(np.sqrt(classes)))
    rows = int(np.ceil(classes / columns))
    number = np.arange(classes)
    return np.stack([number % columns / (columns - 1), number // columns / max(rows - 1, 1)], axis=1) * 2 - 1


PLACES = {"ring": _ring, "line": _line, "grid": _grid}


@DATASETS.register("gaussians")
class Gaussians(DataSpec):
    """Round clouds of points, one for each class: the easiest problem with several classes."""

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    classes: int = Field(3, ge=2, le=8, description="number of clouds, each a class of its own")
    arrangement: Literal["ring", "line", "grid"] = live("ring", description="how the centres of the clouds are placed")
    spread: float = live(0.12, ge=0.02, le=0.2, description="standard deviation of each cloud; its points stay within three of them")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = class_numbers(self.size, self.classes)
        centres = (1 - 3 * self.spread) * PLACES[self.arrangement](self.classes)  # (classes, 2), so that all points fit the square
        return Samples(blobs(centres[y], self.spread, rng), y, tuple(f"cloud {c + 1}" for c in range(self.classes)), AXES)
