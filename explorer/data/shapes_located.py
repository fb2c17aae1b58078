"""A shape to be found in a picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data import _drawing
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

SIDE = 16


@DATASETS.register("shapes_located")
class ShapesLocated(DataSpec):
    """Where is the shape, and how large? The answer is the box around it: its left, top, right and bottom edge.

    The pictures are those of the set Shapes, which asks what is in them; edges are shares of the picture's side, from its left and
    its top.
    """

    problem: ClassVar[Problem] = "box"
    image_shape: ClassVar[tuple[int, int, int] | None] = (1, SIDE, SIDE)

    size: int = live(2000, ge=20, le=10_000, description="pictures, all parts together")
    turned: float = live(20.0, ge=0, le=180, description="degrees a shape is turned by at most, either way")

    def sample(self, rng: np.random.Generator) -> Samples:
        shapes = np.arange(self.size) % len(_drawing.NAMES)
        pictures, boxes = _drawing.drawn(_drawing.poses(shapes, (0.15, 0.35), self.turned, rng), SIDE)
        return Samples(pictures, boxes, target_name="box (shares of the picture's side)")
