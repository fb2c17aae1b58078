"""Simple shapes drawn into small pictures, with soft edges, and the box around each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FINE = 4  # fine cells across a pixel: its brightness is the share of them that the shape covers
AT_ONCE = 500  # pictures drawn together
ROOT3 = 3**0.5

SHAPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {  # whether (u, v) lies in the shape of radius 1; v points down
    "circle": lambda u, v: u**2 + v**2 < 1,
    "square": lambda u, v: np.maximum(np.abs(u), np.abs(v)) < 0.8,
    "triangle": lambda u, v: (v < 0.5) & (ROOT3 * np.abs(u) - v < 1),
    "cross": lambda u, v: (np.minimum(np.abs(u), np.abs(v)) < 0.3) & (np.maximum(np.abs(u), np.abs(v)) < 0.95),
    "ring": lambda u, v: (u**2 + v**2 < 1) & (u**2 + v**2 > 0.4),
}
NAMES = tuple(SHAPES)


@dataclass(frozen=True)
class Poses:
    """Where and how `n` shapes lie, each array (n,).

    Attributes:
        shape: number in NAMES.
        x, y: of the centre, in shares of the picture's side, y from the top.
        radius: in shares of the side.
        turn: clockwise, in radians.
        brightness: 0 to 1.
    """

    shape: np.ndarray
    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray
    turn: np.ndarray
    brightness: np.ndarray


def poses(shape: np.ndarray, radius: tuple[float, float], turn: float, rng: np.random.Generator) -> Poses:
    """A random pose for each shape: wholly inside the picture, its radius between the two given, turned by up to `turn` degrees."""
    n = len(shape)
    size = rng.uniform(*radius, n)
    x, y = (size + rng.uniform(0, 1, n) * (1 - 2 * size) for _ in range(2))
    return Poses(shape, x, y, size, np.radians(turn) * rng.uniform(-1, 1, n), rng.uniform(0.6, 1, n))


def drawn(what: Poses, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of single shapes and the boxes around them.

    Returns:
        float32 (n, 1, side, side), brightness 0 to 1, black behind; and float32 (n, 4): left, top, right and bottom in shares of
        the side.
    """
    pictures, boxes = np.zeros((len(what.x), 1, side, side), np.float32), np.zeros((len(what.x), 4), np.float32)
    for first in range(0, len(what.x), AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        covered = _covered(what, rows, side * FINE)
        coarse = covered.reshape(-1, side, FINE, side, FINE).mean(axis=(2, 4), dtype=np.float32)
        pictures[rows, 0] = coarse * what.brightness[rows, None, None]
        boxes[rows] = _boxes(covered)
    return pictures, boxes


def _covered(what: Poses, rows: slice, cells: int) -> np.ndarray:
    """bool (n, cells, cells): which fine cells lie in the shape."""
    at = ((np.arange(cells) + 0.5) / cells).astype(np.float32)
    centre_x, centre_y, radius, turn = (a[rows, None, None].astype(np.float32) for a in (what.x, what.y, what.radius, what.turn))
    u, v = (at[None, None, :] - centre_x) / radius, (at[None, :, None] - centre_y) / radius
    u, v = np.cos(turn) * u + np.sin(turn) * v, np.cos(turn) * v - np.sin(turn) * u
    covered = np.zeros(u.shape, bool)
    for number, inside in enumerate(SHAPES.values()):
        of_it = what.shape[rows] == number
        covered[of_it] = inside(u[of_it], v[of_it])
    return covered


def _boxes(covered: np.ndarray) -> np.ndarray:
    """(n, 4): the first and the last column and row that hold something, in shares of the side."""
    cells = covered.shape[1]
    columns, rows = covered.max(axis=1), covered.max(axis=2)
    left, top = columns.argmax(axis=1), rows.argmax(axis=1)
    right, bottom = cells - columns[:, ::-1].argmax(axis=1), cells - rows[:, ::-1].argmax(axis=1)
    return np.stack([left, top, right, bottom], axis=1) / cells
