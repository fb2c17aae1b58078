from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from explorer.inspections.base import INSPECTIONS
from explorer.inspections.glass import Cell, Glass, Opened, Tensors, in_plane, plane_of, scalar, span, whole
from explorer.inspections.places import Place
from explorer.inspections.wording import aligned, brief, counted, latex, latex_sum, listed
from explorer.layers.conv_transpose2d import Stamp
from explorer.training.loop import Training

CODE = """\
# patch: the inputs whose patterns reach this place (channels, height, width)
# kernel: of each of these patterns the one weight that lies here, of the same shape
products = patch * kernel
y = products.sum() + bias"""


@dataclass(frozen=True)
class _Pattern:
    """One pattern for each channel, (channels, height, width), and how it is stamped: (vertical, horizontal) numbers."""

    kernel: torch.Tensor
    bias: float
    stride: tuple[int, int]
    cut: tuple[int, int]

    def reached_from(self, at: int, axis: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Which of `size` inputs along an axis stamp on the place `at` of the output, and with which row (column) of their pattern."""
        inputs = np.arange(size)
        places = at + self.cut[axis] - inputs * self.stride[axis]
        reach = (places >= 0) & (places < self.kernel.shape[1 + axis])
        return inputs[reach], places[reach]


@INSPECTIONS.register("glass_transposed_convolution")
class GlassTransposedConvolution(Glass):
    """One number of a transposed convolution: the inputs that stamp on it, the weight of each, their products and the sum.

    Arrays: `patch` (channels, height, width) the inputs whose patterns reach it, `kernel` the weight of each that lies there, and
    `products`; `sums` (channels,); `bias` (); `input` (channels, height, width) all that there is to stamp with, unless it is huge.
    Facts: `top` and `left` of the patch in the input, `dilation`, always 1, and `channels`, as for a convolution; `stride` and
    `padding`, each vertical and horizontal; `rows` and `columns` of the pattern that the weights are from.
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (Stamp,)
    what: ClassVar[str] = "transposed convolution"

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        one, planes = _pattern(place.module, cell.unit), plane_of(entered[0])
        (rows, in_rows), (columns, in_columns) = (
            one.reached_from(at, axis, planes.shape[1 + axis]) for axis, at in enumerate(in_plane(cell))
        )
        patch = np.ascontiguousarray(planes.numpy()[:, rows][:, :, columns])
        kernel = np.ascontiguousarray(one.kernel.numpy()[:, in_rows][:, :, in_columns])
        products = patch * kernel
        arrays = {"patch": patch, "kernel": kernel, "products": products, "sums": products.sum((1, 2)), "bias": scalar(one.bias)}
        facts = {
            "top": int(rows[0]) if len(rows) else 0,
            "left": int(columns[0]) if len(columns) else 0,
            "stride": list(one.stride),
            "dilation": [1, 1],
            "padding": list(one.cut),
            "channels": [0, len(kernel)],
            "rows": in_rows.tolist(),
            "columns": in_columns.tolist(),
        }
        words = _words(place, cell, {**arrays, "rows": in_rows, "columns": in_columns}, (rows, columns, one))
        return Opened(words, _formula(one, patch, kernel, cell), CODE, {**arrays, **whole(planes)}, facts)


def _pattern(module: nn.Module, unit: int) -> _Pattern:
    assert isinstance(module, Stamp)
    conv = module.conv
    bias = 0.0 if conv.bias is None else float(conv.bias[unit].detach())
    (down, across), (above, before) = conv.stride, conv.padding
    return _Pattern(module.weight[unit].detach().float().cpu(), bias, (down, across), (int(above), int(before)))


def _formula(one: _Pattern, patch: np.ndarray, kernel: np.ndarray, cell: Cell) -> str:
    general = r"b + \sum_{i, u, v} w_i[r + p - s u,\, q + p - s v]\; x_i[u, v]"
    added = f"{latex(one.bias)} + {latex_sum(kernel.ravel(), patch.ravel())}" if patch.size else latex(one.bias, last=True)
    return aligned("y", general, added, latex(cell.value, last=True))


def _words(place: Place, cell: Cell, arrays: dict[str, np.ndarray], where: tuple[np.ndarray, np.ndarray, _Pattern]) -> tuple[str, ...]:
    (rows, columns, one), patch, sums = where, arrays["patch"], arrays["sums"]
    channels, high, wide = one.kernel.shape
    pattern = f"Every input stamps a pattern of {high} x {wide} weights, neighbours {one.stride[0]} apart"
    if not patch.size:
        return (f"{place.name}, {cell}: no input reaches this place.", f"{pattern}; between them the bias is left: {brief(cell.value)}.")
    over = f"{span(rows[0], rows[-1], 'row')}, {span(columns[0], columns[-1], 'column')} of {counted(channels, 'channel')}"
    most = int(np.abs(sums).argmax())
    said = [
        f"{place.name}, {cell}: {counted(patch.size, 'input')} stamp on it, those at {over}.",
        f"{pattern}. Of their patterns, {_named(arrays['rows'], 'row')} and {_named(arrays['columns'], 'column')} lie here.",
        f"{counted(patch.size, 'input')} times {counted(patch.size, 'weight')} add up to {brief(sums.sum())}; "
        f"with the bias {brief(one.bias)} that is {brief(cell.value)}.",
    ]
    return (*said, f"Most comes from channel {most}: {brief(sums[most])}.") if channels > 1 else tuple(said)


def _named(places: np.ndarray, what: str) -> str:
    """ "row 1", "columns 2 and 0": in the order of the inputs."""
    return f"{what}{'s' * (len(places) > 1)} {listed(places.tolist())}"
