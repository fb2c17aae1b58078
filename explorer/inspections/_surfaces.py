"""Surfaces over the plane that show how optimisers differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from explorer.experiment.training import OptimizerSpec


@dataclass(frozen=True)
class Surface:
    """A landscape to go down in.

    Attributes:
        words: what is hard about it.
        height: x, y of one shape -> the height there.
        start: where every optimiser begins.
        box: (least x, most x, least y, most y) of the picture.
        lowest: the height of its lowest points.
    """

    words: str
    height: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    start: tuple[float, float]
    box: tuple[float, float, float, float]
    lowest: float = 0.0

    def grid(self, side: int = 101) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x (side,), y (side,) and the heights above the lowest point (side, side), a row for each y."""
        left, right, low, high = self.box
        x, y = np.linspace(left, right, side), np.linspace(low, high, side)
        across, up = torch.meshgrid(torch.from_numpy(x), torch.from_numpy(y), indexing="xy")
        return x, y, (self.height(across, up) - self.lowest).numpy()

    def descend(self, spec: OptimizerSpec, steps: int) -> np.ndarray:
        """(steps + 1, 3): x, y and the height above the lowest point, before the first and after every step; NaN once it is not finite."""
        place = torch.nn.Parameter(torch.tensor(self.start, dtype=torch.float64))
        optimizer, path = spec.build([place]), np.full((steps + 1, 3), np.nan)
        for step in range(steps + 1):
            height = self.height(*place)
            if not height.isfinite():
                break
            path[step] = *place.tolist(), height.item() - self.lowest
            optimizer.zero_grad()
            height.backward()
            optimizer.step()
        return path


SURFACES = {
    "ravine": Surface(
        "steep across and nearly flat along, as where inputs have very different sizes",
        lambda x, y: 0.1 * x.square() + 10 * y.square(),
        start=(-2.5, 0.8),
        box=(-3.0, 1.0, -1.0, 1.0),
    ),
    "valley": Surface(
        "a bent valley whose floor hardly falls: Rosenbrock's function with 10 instead of 100, divided by 8",
        lambda x, y: ((1 - x).square() + 10 * (y - x.square()).square()) / 8,
        start=(-1.2, 1.6),
        box=(-2.0, 2.0, -1.0, 3.0),
    ),
    "saddle": Surface(
        "down along x to a point where it is flat, and from there on down to either side",
        lambda x, y: x.square() / 2 - y.square() / 2 + y.pow(4) / 4,
        start=(-2.0, 0.01),
        box=(-2.4, 1.2, -1.6, 1.6),
        lowest=-0.25,
    ),
}
