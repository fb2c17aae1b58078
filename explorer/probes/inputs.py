"""What a network is run on to be looked at."""

from __future__ import annotations

import numpy as np
import torch

from explorer.networks.passes import EXAMPLES, GRID, LINE
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.loop import Training

SEQUENCES = 20  # of rows of tokens and series: each is a row in the picture of every unit


def probe_inputs(training: Training, examples: np.ndarray) -> dict[str, torch.Tensor]:
    """Role -> inputs (n, *input_shape): the square, the line, or the examples; for a generator fixed noise or its square."""
    dataset, state = training.state.dataset, training.state
    data = _raw(dataset)
    own = torch.from_numpy(training.experiment.data.encode(data)).to(state.device) if data is not None else state.x_test[examples]
    found = {}
    for role in training.experiment.task.roles:
        shape, _ = training.experiment.task.shapes(role, dataset)
        found[role] = own if shape == dataset.input_shape else _noise(shape).to(state.device)
    return found


def probe_examples(dataset: Dataset) -> np.ndarray:
    """Numbers of the probe examples in the test part: the same number of each class, or spread evenly; none for points.

    Classes come one after the other, targets of a regression from low to high, and a text or a series in its own order.
    """
    if dataset.coordinates:
        return np.zeros(0, np.int64)
    y, most = dataset.test.y, SEQUENCES if "time" in dataset.input_shape.axes else EXAMPLES
    if dataset.problem == "classification":
        each = max(most // dataset.classes, 1)
        return np.concatenate([np.flatnonzero(y == label)[:each] for label in range(dataset.classes)])
    order = np.argsort(y[:, 0], kind="stable") if dataset.problem == "regression" else np.arange(len(y))
    return order[np.linspace(0, len(order) - 1, min(most, len(order))).astype(int)]


def square() -> np.ndarray:
    """float32 (GRID * GRID, 2): points of the square, row by row from the top left."""
    x, y = np.meshgrid(np.linspace(-1, 1, GRID), np.linspace(1, -1, GRID))
    return np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)


def _raw(dataset: Dataset) -> np.ndarray | None:
    if dataset.coordinates == 2:
        return square()
    return np.linspace(-1, 1, LINE, dtype=np.float32)[:, None] if dataset.coordinates == 1 else None


def _noise(shape: Shape) -> torch.Tensor:
    """The square of noise from -2 to 2 for two numbers, else fixed draws."""
    if shape == Shape.features(2):
        return torch.from_numpy(square() * 2)
    return torch.randn(GRID * GRID, *shape.sizes, generator=torch.Generator().manual_seed(0))
