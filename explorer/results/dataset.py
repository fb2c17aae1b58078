"""The examples a run trains on and is tested on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.shape import Shape


@dataclass(frozen=True)
class Samples:
    """What a data set draws, before it is spoilt, split and encoded.

    Attributes:
        x: float32 (n, ...) in the data's own units.
        y: int64 (n,) class numbers, or float32 (n, targets).
        class_names: one name per class; empty for regression.
        feature_names: one name per number of a flat example; empty for images.
        target_name: what y measures, with its unit.
    """

    x: np.ndarray
    y: np.ndarray
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    target_name: str = ""


@dataclass(frozen=True)
class Part:
    """The training part or the test part.

    Attributes:
        raw: float32 (n, ...) examples in their own units, for drawing.
        x: float32 (n, *input_shape) what the network is fed.
        y: int64 (n,) or float32 (n, targets), as the network is asked to answer it.
        flipped: bool (n,) whether label noise replaced this label.
    """

    raw: np.ndarray
    x: np.ndarray
    y: np.ndarray
    flipped: np.ndarray

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Dataset:
    """Everything a task, a probe and a plot need to know of the data.

    Attributes:
        input_shape: shape of one example as the network is fed it.
        problem: "classification" or "regression".
        coordinates: 2 when `raw` is a point of the plane, 1 for y = f(x), 0 for anything else.
        target_offset, target_scale: y in its own units is `y * target_scale + target_offset`.
    """

    train: Part
    test: Part
    input_shape: Shape
    problem: str
    coordinates: int
    class_names: tuple[str, ...]
    input_names: tuple[str, ...]
    target_name: str
    target_offset: np.ndarray
    target_scale: np.ndarray

    @property
    def classes(self) -> int:
        """Number of classes; 0 for regression."""
        return len(self.class_names)
