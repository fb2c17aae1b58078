"""What the series and the pictures of a class have in common."""

from __future__ import annotations

import numpy as np

from explorer.results.dataset import Dataset
from explorer.results.profile import Band, Echo


def bands(dataset: Dataset, feature: int = 0) -> tuple[Band, ...]:
    """The middle curve of one number of the series of the training part, class by class; empty where there are no series."""
    if not is_series(dataset):
        return ()
    raw, y = dataset.train.raw[:, :, feature], dataset.train.y
    if not dataset.classes:
        return (_band("all", raw),)
    return tuple(_band(name, raw[y == label]) for label, name in enumerate(dataset.class_names) if (y == label).any())


def echoes(dataset: Dataset, feature: int = 0) -> tuple[Echo, ...]:
    """How much the training series are like themselves some steps later, class by class; empty where there are no series."""
    if not is_series(dataset):
        return ()
    raw, y = dataset.train.raw[:, :, feature].astype(np.float64), dataset.train.y
    lags = np.arange(max(raw.shape[1] * 2 // 3, 1))
    groups = {name: raw[y == label] for label, name in enumerate(dataset.class_names)} or {"all": raw}
    return tuple(Echo(name, lags, autocorrelation(rows, len(lags))) for name, rows in groups.items() if len(rows))


def autocorrelation(rows: np.ndarray, lags: int) -> np.ndarray:
    """(lags,): mean product of a value and the one so many steps later, over the mean square, both less the mean of the row.

    Of rows (n, T), averaged over all of them. What is constant has none: 0.
    """
    centred = rows - rows.mean(axis=1, keepdims=True)
    steps = rows.shape[1]
    products = np.array([(centred[:, : steps - lag] * centred[:, lag:]).mean() for lag in range(lags)])
    return products / products[0] if products[0] > 0 else np.zeros(lags)


def class_pictures(dataset: Dataset) -> np.ndarray | None:
    """The mean picture of each class of the training part, (k, channels, height, width); None where there are no such pictures."""
    if not is_pictures(dataset) or dataset.problem != "classification":
        return None
    raw, y = dataset.train.raw, dataset.train.y
    return np.stack([raw[y == label].mean(axis=0) if (y == label).any() else np.zeros(raw.shape[1:]) for label in range(dataset.classes)])


def is_series(dataset: Dataset) -> bool:
    """Whether an example is so many numbers at each step of time."""
    return dataset.input_shape.axes == ("time", "features")


def is_pictures(dataset: Dataset) -> bool:
    """Whether an example is a picture."""
    return dataset.input_shape.axes == ("channels", "height", "width")


def _band(name: str, rows: np.ndarray) -> Band:
    low, middle, high = np.nanquantile(rows, [0.1, 0.5, 0.9], axis=0)
    return Band(name, middle, low, high)
