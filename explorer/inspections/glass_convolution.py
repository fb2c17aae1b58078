from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from explorer.inspections.base import INSPECTIONS
from explorer.inspections.glass import Cell, Glass, Opened, Tensors, in_plane, plane_of, scalar, span, whole
from explorer.inspections.places import Place
from explorer.inspections.wording import aligned, brief, counted, latex, latex_sum
from explorer.layers.conv1d import CausalConvOverTime, ConvOverTime
from explorer.training.loop import Training

CODE = """\
# patch: what lies under the filter (channels, height, width); kernel: its weights, of the same shape
products = patch * kernel
y = products.sum() + bias"""


@dataclass(frozen=True)
class _Filter:
    """One filter and how it moves: kernel (channels, height, width), and (vertical, horizontal) numbers."""

    kernel: torch.Tensor
    bias: float
    channels: slice
    stride: tuple[int, int]
    before: tuple[int, int]
    dilation: tuple[int, int]


@INSPECTIONS.register("glass_convolution")
class GlassConvolution(Glass):
    """One number of a convolution: the patch, the filter over it, their products and the sum.

    A sequence is a picture of height 1, its steps as the width. Arrays: `patch`, `kernel` and `products` (channels, height, width);
    `sums` (channels,); `bias` (); `input` (channels, height, width) all that the filter slides over, unless it is huge.
    Facts: `top` and `left` of the patch in the input (less than 0 in the padding), `stride`, `dilation`, `padding`, each vertical and
    horizontal; `channels` the first and the one after the last that it sees.
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (nn.Conv2d, ConvOverTime)
    what: ClassVar[str] = "convolution"

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        one = _filter(place.module, cell.unit)
        planes = plane_of(entered[0], one.channels)
        patch, inside, corner = _patch(planes, one, in_plane(cell))
        kernel = one.kernel.numpy()
        products = patch * kernel
        sums = products.sum((1, 2))
        arrays = {"patch": patch, "kernel": kernel, "products": products, "sums": sums, "bias": scalar(one.bias), **whole(planes)}
        added = f"{latex(one.bias)} + {latex_sum(kernel.ravel(), patch.ravel())}"
        formula = aligned("y", r"b + \sum_{i, r, q} w_i[r, q]\, x_i[r, q]", added, latex(cell.value, last=True))
        facts = {
            "top": corner[0],
            "left": corner[1],
            "stride": list(one.stride),
            "dilation": list(one.dilation),
            "padding": list(one.before),
            "channels": [one.channels.start, one.channels.stop],
        }
        return Opened(self._words(place, cell, arrays, (corner, one, inside)), formula, CODE, arrays, facts)

    def _words(
        self, place: Place, cell: Cell, arrays: dict[str, np.ndarray], where: tuple[tuple[int, int], _Filter, np.ndarray]
    ) -> tuple[str, ...]:
        (top, left), one, inside = where
        patch, sums = arrays["patch"], arrays["sums"]
        channels, high, wide = patch.shape
        bottom, right = top + (high - 1) * one.dilation[0], left + (wide - 1) * one.dilation[1]
        over = f"{span(top, bottom, 'row')}, {span(left, right, 'column')}" if len(cell.at) == 2 else span(left, right, "step")
        most = int(np.abs(sums).argmax())
        said = [
            f"{place.name}, {cell}: the filter lies over {over} of {counted(channels, 'channel')}.",
            f"{counted(patch.size, 'number')} times {counted(patch.size, 'weight')} add up to {brief(sums.sum())}; "
            f"with the bias {brief(one.bias)} that is {brief(cell.value)}.",
        ]
        if channels > 1:
            said.append(f"Most comes from channel {one.channels.start + most}: {brief(sums[most])}.")
        if not inside.all():
            outside = counted(int((~inside).sum()), "place")
            said.append(f"{outside} of the {inside.size} under the filter lie outside the input, where the padding is 0.")
        return tuple(said)


def _filter(module: nn.Module, unit: int) -> _Filter:
    conv = module.conv if isinstance(module, ConvOverTime) else module
    assert isinstance(conv, nn.Conv1d | nn.Conv2d)
    kernel = conv.weight[unit].detach().float().cpu()
    first = unit // (conv.out_channels // conv.groups) * len(kernel)
    before = (module.before,) if isinstance(module, CausalConvOverTime) else _sizes(conv.padding)
    bias = 0.0 if conv.bias is None else float(conv.bias[unit].detach())
    stride, before, dilation = (_two(sizes, fill) for sizes, fill in ((_sizes(conv.stride), 1), (before, 0), (_sizes(conv.dilation), 1)))
    return _Filter(kernel if kernel.dim() == 3 else kernel[:, None], bias, slice(first, first + len(kernel)), stride, before, dilation)


def _sizes(sizes: object) -> tuple[int, ...]:
    assert isinstance(sizes, tuple)
    return sizes


def _two(sizes: tuple[int, ...], fill: int) -> tuple[int, int]:
    """(vertical, horizontal); of a sequence only the second counts."""
    return (sizes[0], sizes[1]) if len(sizes) == 2 else (fill, sizes[0])


def _patch(planes: torch.Tensor, one: _Filter, at: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """The numbers under the filter (channels, height, width), which of its places (height, width) lie inside, and its corner."""
    corner = (at[0] * one.stride[0] - one.before[0], at[1] * one.stride[1] - one.before[1])
    rows, columns = (corner[i] + one.dilation[i] * np.arange(one.kernel.shape[1 + i]) for i in (0, 1))
    inside = ((rows >= 0) & (rows < planes.shape[1]))[:, None] & ((columns >= 0) & (columns < planes.shape[2]))[None]
    safe = planes.numpy()[:, rows.clip(0, planes.shape[1] - 1)][:, :, columns.clip(0, planes.shape[2] - 1)]
    return np.where(inside, safe, np.float32(0)), inside, corner
