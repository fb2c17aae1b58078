"""Drawing points of the plane, class by class, inside the square from -1 to 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

AXES = ("x", "y")
RADIUS = 0.95  # of figures that fill the square, with a little air


def class_numbers(size: int, classes: int) -> np.ndarray:
    """0, 1, ..., classes - 1 over and over: int64 (size,) in which class sizes differ by one at most."""
    return np.arange(size, dtype=np.int64) % classes


def polar(radius: np.ndarray | float, angle: np.ndarray) -> np.ndarray:
    """Points (n, 2) at this distance from the centre and this angle (radians, anticlockwise from the x axis)."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).astype(np.float32)


def annulus(inner: np.ndarray | float, outer: np.ndarray | float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Points (size, 2) spread evenly over the area between two radii."""
    radius = np.sqrt(rng.uniform(np.square(inner), np.square(outer), size))
    return polar(radius, rng.uniform(0, 2 * np.pi, size))


def blobs(centres: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    """One point per row of `centres` (n, 2), Gaussian around it with deviation `spread`, never further than 3 spreads.

    The radius of a 2-D Gaussian has the distribution 1 - exp(-r^2 / 2); its quantile is drawn below that of 3.
    """
    share = rng.uniform(0, 1 - np.exp(-4.5), len(centres))
    offsets = polar(spread * np.sqrt(-2 * np.log1p(-share)), rng.uniform(0, 2 * np.pi, len(centres)))
    return (centres + offsets).astype(np.float32)


def spiral_arms(arms: int, turns: float, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points (size, 2) on spirals that leave the centre in `arms` directions, and the number of each point's arm.

    The distance from the centre grows in proportion to the angle travelled: Archimedes' spiral.
    """
    arm = class_numbers(size, arms)
    way = rng.uniform(0.06, 1, size)  # share of the arm travelled
    return polar(RADIUS * way, 2 * np.pi * (turns * way + arm / arms)), arm


def by_region(
    region: Callable[[np.ndarray], np.ndarray], classes: int, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Points (size, 2) spread evenly over the region of their class, and their classes, equally many of each.

    Args:
        region: points (n, 2) -> class number of each, -1 where no point shall be. Every class needs some area.
    """
    wanted = np.bincount(class_numbers(size, classes), minlength=classes)
    found = [np.empty((0, 2), np.float32)] * classes
    while any(len(points) < count for points, count in zip(found, wanted, strict=True)):
        drawn = rng.uniform(-1, 1, (4 * size + 64, 2)).astype(np.float32)
        label = region(drawn)
        found = [np.concatenate([found[c], drawn[label == c]])[: wanted[c]] for c in range(classes)]
    return np.concatenate(found), np.repeat(np.arange(classes, dtype=np.int64), wanted)


def across(points: np.ndarray, degrees: float) -> np.ndarray:
    """How far points (n, 2) lie in this direction (0: to the right, 90: up), as (n,)."""
    angle = np.deg2rad(degrees)
    return points[:, 0] * np.cos(angle) + points[:, 1] * np.sin(angle)


def surface(height: Callable[[np.ndarray, np.ndarray], np.ndarray], size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points (size, 2) spread evenly over the square, and `height(x, y)` at each as (size, 1)."""
    points = rng.uniform(-1, 1, (size, 2)).astype(np.float32)
    return points, height(points[:, 0], points[:, 1]).astype(np.float32)[:, None]
