"""Small clouds on a circle."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._plane import AXES, blobs, class_numbers, polar
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples


@DATASETS.register("gaussian_ring")
class GaussianRing(DataSpec):
    """Small clouds on a circle, each a class: what a GAN that forgets some of them shows most clearly.

    Source: the ring of 8 Gaussians of Metz et al., "Unrolled Generative Adversarial Networks", 2017, with wider clouds.
    """

    coordinates: ClassVar[Literal[0, 1, 2]] = 2

    modes: int = Field(8, ge=2, le=12, description="number of clouds; each is a class, named after its direction")
    spread: float = live(0.03, ge=0.005, le=0.1, description="standard deviation of each cloud; its points stay within three of them")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = class_numbers(self.size, self.modes)
        directions = 2 * np.pi * np.arange(self.modes) / self.modes
        x = blobs(polar(0.7, directions)[y], self.spread, rng)
        return Samples(x, y, tuple(f"{angle:.0f} degrees" for angle in np.rad2deg(directions)), AXES)
