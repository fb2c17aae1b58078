from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from torch import nn

from explorer.inspections.base import INSPECTIONS
from explorer.inspections.glass import Cell, Glass, Opened, Tensors, in_plane, plane_of, span, whole
from explorer.inspections.places import Place
from explorer.inspections.wording import aligned, brief, counted, latex
from explorer.layers.global_avg_pool2d import MeanOverPixels
from explorer.layers.global_max_pool2d import MaxOverPixels
from explorer.layers.max_over_time import LargestOfSteps
from explorer.layers.mean_over_time import MeanOfSteps
from explorer.layers.over_time import PoolOverTime
from explorer.training.loop import Training

Window = tuple[slice, slice]
CODE = """\
# window: the numbers of one channel that are pooled (height, width)
y = window.{}()"""
OVER_TIME = (nn.MaxPool1d, nn.AvgPool1d)
WRITTEN = 4  # numbers that the formula names


@INSPECTIONS.register("glass_pooling")
class GlassPooling(Glass):
    """One number of a pooling layer: the window, and its largest number or its mean.

    A sequence is a picture of height 1, its steps as the width. Arrays: `window` (height, width); `input` (height, width) the whole
    channel. Facts: `how` ("max" or "mean"), `top` and `left` of the window.
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (
        nn.MaxPool2d,
        nn.AvgPool2d,
        nn.AdaptiveAvgPool2d,
        PoolOverTime,
        MeanOverPixels,
        MaxOverPixels,
        LargestOfSteps,
        MeanOfSteps,
    )
    what: ClassVar[str] = "pooling layer"

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        plane = plane_of(entered[0], slice(cell.unit, cell.unit + 1))[0]
        module = place.module.pool if isinstance(place.module, PoolOverTime) else place.module
        find, how = POOLING[type(module)]
        rows, columns = find(module, plane.shape, in_plane(cell))
        window = np.ascontiguousarray(plane.numpy()[rows, columns])
        facts = {"how": how, "top": rows.start, "left": columns.start}
        words = (_where(place, cell, (rows, columns), plane.dim() == 2 and plane.shape[0] == 1), _result(window, how, cell))
        return Opened(words, _formula(window, how, cell), CODE.format(how), {"window": window, **whole(plane)}, facts)


def _first(size: Any) -> int:
    return size[0] if isinstance(size, tuple) else size


def _sliding(module: Any, sizes: tuple[int, ...], at: tuple[int, int]) -> Window:
    kernel, stride = _first(module.kernel_size), _first(module.stride)
    rows, columns = (slice(i * stride, i * stride + kernel) for i in at)
    return (slice(0, 1) if isinstance(module, OVER_TIME) else rows), columns


def _divided(module: Any, sizes: tuple[int, ...], at: tuple[int, int]) -> Window:
    """As torch divides a picture into patches, which may overlap by a pixel."""
    parts = _first(module.output_size)
    rows, columns = (slice(i * size // parts, -(-(i + 1) * size // parts)) for i, size in zip(at, sizes, strict=True))
    return rows, columns


def _everything(module: Any, sizes: tuple[int, ...], at: tuple[int, int]) -> Window:
    return slice(0, sizes[0]), slice(0, sizes[1])


POOLING: Mapping[type[nn.Module], tuple[Callable[[Any, tuple[int, ...], tuple[int, int]], Window], str]] = {
    nn.MaxPool2d: (_sliding, "max"),
    nn.AvgPool2d: (_sliding, "mean"),
    nn.MaxPool1d: (_sliding, "max"),
    nn.AvgPool1d: (_sliding, "mean"),
    nn.AdaptiveAvgPool2d: (_divided, "mean"),
    MeanOverPixels: (_everything, "mean"),
    MaxOverPixels: (_everything, "max"),
    LargestOfSteps: (_everything, "max"),
    MeanOfSteps: (_everything, "mean"),
}


def _where(place: Place, cell: Cell, window: Window, over_time: bool) -> str:
    rows, columns = window
    across = span(columns.start, columns.stop - 1, "step" if over_time else "column")
    where = across if over_time else f"{span(rows.start, rows.stop - 1, 'row')}, {across}"
    return f"{place.name}, {cell}: the window lies over {where} of channel {cell.unit}."


def _result(window: np.ndarray, how: str, cell: Cell) -> str:
    """The result in words; of the largest also where it lies."""
    if how == "mean":
        ends = f"from {brief(window.min())} to {brief(window.max())}"
        return f"Its {counted(window.size, 'number')} have the mean {brief(cell.value)}; they go {ends}."
    row, column = np.unravel_index(window.argmax(), window.shape)
    place = f"row {row}, column {column} of the window" if window.shape[0] > 1 else f"place {column} of the window"
    return f"The largest of its {counted(window.size, 'number')} is {brief(cell.value)}, in {place}; the others are forgotten."


def _formula(window: np.ndarray, how: str, cell: Cell) -> str:
    few = ", ".join(latex(value) for value in window.ravel()[:WRITTEN])
    rest = r", \dots" if window.size > WRITTEN else ""
    name = r"\max" if how == "max" else r"\operatorname{mean}"
    return aligned("y", rf"{name}\left({few}{rest}\right)", latex(cell.value, last=True))
