"""Curves y = f(x)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

FunctionName = Literal["sine", "step", "abs", "cubic", "sinc", "sawtooth", "square", "bell", "chirp", "line"]
FUNCTIONS = {
    "sine": lambda x: np.sin(2 * np.pi * x),
    "step": lambda x: np.where(x < 0, -1.0, 1.0),
    "abs": lambda x: 2 * np.abs(x) - 1,
    "cubic": lambda x: 4 * x**3 - 3 * x,  # the third Chebyshev polynomial: it fills -1 to 1
    "sinc": lambda x: np.sinc(4 * x),  # sin(4 pi x) / (4 pi x), and 1 at 0
    "sawtooth": lambda x: 2 * ((1.5 * x) % 1) - 1,
    "square": lambda x: np.where((1.5 * x) % 1 < 0.5, 1.0, -1.0),
    "bell": lambda x: np.exp(-((4 * x) ** 2) / 2),
    "chirp": lambda x: np.sin(2 * np.pi * (x + 1) ** 2),
    "line": lambda x: x,
}


@DATASETS.register("curve")
class Curve(DataSpec):
    """One number in, one number out: the network redraws the curve y = f(x) from points on it."""

    problem: ClassVar[Problem] = "regression"
    coordinates: ClassVar[Literal[0, 1, 2]] = 1

    size: int = live(200, ge=4, le=100_000, description="examples, all parts together")
    function: FunctionName = live("sine", description="the curve; all of them run between -1 and 1")

    def sample(self, rng: np.random.Generator) -> Samples:
        x = rng.uniform(-1, 1, (self.size, 1)).astype(np.float32)
        y = FUNCTIONS[self.function](x.astype(np.float64)).astype(np.float32)  # (size, 1)
        return Samples(x, y, feature_names=("x",), target_name=f"y = {self.function}(x) (no unit)")
