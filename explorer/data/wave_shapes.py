"""Waves of different shapes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

SHAPES = {  # of the phase, in turns; all run between -1 and 1
    "sine": lambda turn: np.sin(2 * np.pi * turn),
    "triangle": lambda turn: 1 - 4 * np.abs(turn % 1 - 0.5),
    "square": lambda turn: np.where(turn % 1 < 0.5, 1.0, -1.0),
    "sawtooth": lambda turn: 2 * (turn % 1) - 1,
}


@DATASETS.register("wave_shapes")
class WaveShapes(DataSpec):
    """Which shape has a wave: sine, triangle, square, sawtooth, or none at all? Its pitch and start do not matter.

    Every wave has a height, a number of turns and a start of its own. "noise" is drawn afresh at every step.
    """

    series: ClassVar[bool] = True

    size: int = live(1500, ge=20, le=20_000, description="examples, all parts together")
    length: int = Field(32, ge=16, le=256, description="steps of a series")
    turns: float = live(3.0, ge=2, le=6, description="most turns of a wave in the series; the fewest are half of them")

    def sample(self, rng: np.random.Generator) -> Samples:
        names = (*SHAPES, "noise")
        y = np.arange(self.size, dtype=np.int64) % len(names)
        turns, start = rng.uniform(self.turns / 2, self.turns, (self.size, 1)), rng.uniform(0, 1, (self.size, 1))
        turn = turns * np.arange(self.length) / self.length + start  # (size, length)
        waves = [*(shape(turn) for shape in SHAPES.values()), rng.uniform(-1, 1, turn.shape)]
        height = rng.uniform(0.6, 1, (self.size, 1))
        x = height * np.choose(y[:, None], waves)
        return Samples(x.astype(np.float32)[:, :, None], y, names, ("height",), "shape")
