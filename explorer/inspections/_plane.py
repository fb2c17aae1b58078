"""A plane through the weights of a network: where it lies, where a path runs in it, and the loss on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer.inspections._rehearsal import frozen, like, weights_in
from explorer.inspections.base import Progress
from explorer.networks.build import Network
from explorer.training.loop import Training
from explorer.training.tasks.supervised import evaluation

PART = 1 << 20  # weights that are computed with at once in double precision


@dataclass(frozen=True)
class Plane:
    """All of middle + x across + y up.

    Attributes:
        middle, across, up: all trained weights in a row, float32 (p,).
    """

    middle: torch.Tensor
    across: torch.Tensor
    up: torch.Tensor

    def coordinates(self, path: torch.Tensor) -> tuple[np.ndarray, float]:
        """Where rows of weights (m, p) stand in the plane when each is moved to the closest point of it, (m, 2); and the share of
        the variance of the rows that the plane holds, NaN where they do not vary."""
        directions = torch.stack([self.across, self.up])
        inner = _products(directions, directions)  # (2, 2)
        onto = _products(path - self.middle, directions)  # (m, 2)
        places = onto @ np.linalg.pinv(inner)
        centred = path - path.mean(0)
        onto = _products(centred, directions)
        held, whole = float(np.trace(onto @ np.linalg.pinv(inner) @ onto.T)), float(centred.square().sum(dtype=torch.float64))
        return places, held / whole if whole > 0 else float("nan")


class Ground:
    """The loss of fixed examples on a copy of a network whose weights are put wherever one likes.

    Everything that is no trained weight stays as it is: running means of BatchNorm, for example.
    """

    def __init__(self, training: Training, x: torch.Tensor, y: torch.Tensor) -> None:
        self._network, self._task = frozen(training), training.experiment.task
        self._x, self._y = like(self._network, x), like(self._network, y)
        self._weights = [one.values for one in weights_in(self._network)]

    def loss(self, weights: torch.Tensor) -> float:
        """At these weights (p,), in evaluation mode."""
        put(self._weights, weights)
        with evaluation(self._network) as network:
            return float(self._task.objective(network(self._x), self._x, self._y))

    def losses(self, plane: Plane, x: np.ndarray, y: np.ndarray, progress: Progress) -> np.ndarray:
        """(len(y), len(x)) on a grid in a plane; NaN where a loss is not finite."""
        found = np.full((len(y), len(x)), np.nan)
        for row, up in enumerate(y):
            begun = plane.middle + float(up) * plane.up
            for column, across in enumerate(x):
                found[row, column] = self.loss(begun + float(across) * plane.across)
            progress((row + 1) / len(y))
        return np.where(np.isfinite(found), found, np.nan)


def flat_weights(network: Network) -> torch.Tensor:
    """All trained weights in a row, a copy: float32 (p,) on the processor."""
    return torch.cat([one.values.detach().flatten().float().cpu() for one in weights_in(network)])


def put(weights: Sequence[torch.nn.Parameter], values: torch.Tensor) -> None:
    """Set weights to numbers in a row."""
    with torch.no_grad():
        for one, part in zip(weights, values.split([one.numel() for one in weights]), strict=True):
            one.copy_(part.view_as(one))


def random_plane(network: Network, seed: int) -> Plane:
    """Two random directions, scaled filter by filter to the length of the filter; biases and scales of norms stay as they are.

    Source: Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = [one.values.detach().float().cpu() for one in weights_in(network)]
    across, up = (torch.cat([_like_filters(one, generator).flatten() for one in weights]) for _ in range(2))
    return Plane(flat_weights(network), across, up)


def _like_filters(weight: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    if weight.dim() < 2:
        return torch.zeros_like(weight)
    drawn = torch.randn(weight.shape, generator=generator).flatten(1)
    lengths = weight.flatten(1).norm(dim=1, keepdim=True) / drawn.norm(dim=1, keepdim=True)
    return (drawn * lengths).view_as(weight)


def widest_plane(middle: torch.Tensor, path: torch.Tensor) -> Plane | None:
    """The plane through `middle` along which rows of weights (m, p) spread most; None where they do not spread in two directions."""
    centred = path - path.mean(0)
    sizes, turns = np.linalg.eigh(_products(centred, centred))  # the largest last
    if len(sizes) < 2 or sizes[-2] <= 1e-10 * sizes[-1] or not np.isfinite(sizes).all():
        return None
    across, up = (torch.from_numpy(turns[:, -k] / np.sqrt(sizes[-k])).float() @ centred for k in (1, 2))
    return Plane(middle, across, up)


def _products(one: torch.Tensor, other: torch.Tensor) -> np.ndarray:
    """float64 (rows, rows): every row of one times every row of the other, part by part."""
    parts = zip(one.split(PART, 1), other.split(PART, 1), strict=True)
    return sum((a.double() @ b.double().T for a, b in parts), torch.zeros(len(one), len(other), dtype=torch.float64)).numpy()
