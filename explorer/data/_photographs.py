"""Photographs that scikit-image brings along: real pictures without a download."""

from __future__ import annotations

from functools import cache

import numpy as np

from explorer.errors import DataError


@cache
def photograph(name: str) -> np.ndarray:
    """A photograph as float32 (height, width), or a row of them (n, height, width), from 0 to 1; it must not be changed.

    Raises:
        DataError: scikit-image is not installed.
    """
    try:
        from skimage import data  # it is not needed by anybody else, and takes a while
    except ImportError:
        raise DataError(
            f"The photographs ({name}) come with the package scikit-image, which is not installed here. Install it with "
            "pip install 'neural-explorer[pictures]', or choose another data set."
        ) from None
    found = getattr(data, name)()
    return (found / (255 if found.dtype == np.uint8 else 1)).astype(np.float32)


def tiles(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture (height, width) cut into squares (n, side, side), row by row; none overlap, and what is left at the edges is dropped."""
    rows, columns = (size // side for size in picture.shape)
    whole = picture[: rows * side, : columns * side]
    return whole.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(-1, side, side)


def halved(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, height, width) of half the size: each pixel is the mean of four."""
    n, height, width = pictures.shape
    return pictures.reshape(n, height // 2, 2, width // 2, 2).mean(axis=(2, 4), dtype=np.float32)


def evened(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, height, width) with the same mean brightness, 0.5, and the same contrast (deviation 0.2) in all, cut off at 0 and 1."""
    mean = pictures.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    spread = pictures.std(axis=(1, 2), keepdims=True, dtype=np.float64)
    return (0.5 + 0.2 * (pictures - mean) / np.maximum(spread, 1e-6)).clip(0, 1).astype(np.float32)
