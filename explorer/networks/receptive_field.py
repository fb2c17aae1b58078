"""How much of its input every layer of a network sees, by integer arithmetic only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
import torch

from explorer.errors import ShapeError
from explorer.experiment.network import LayerSpec
from explorer.layers.asking import AskingBlock
from explorer.results.reach import OWN, Reach
from explorer.results.shape import Shape

UNITS = {"time": "steps", "height": "px", "width": "px"}  # the axes along which a number can see a part, and what they count


@dataclass(frozen=True)
class ReceptiveField:
    """The part of the input that one number of a layer's output depends on; of the number that sees most.

    Attributes:
        axes: of the input: ("height", "width") or ("time",).
        sizes: how far it stretches along each, the gaps that dilation leaves included.
        of: sizes of the whole input.
        so_far: every number sees its own step and all before it.
    """

    axes: tuple[str, ...]
    sizes: tuple[int, ...]
    of: tuple[int, ...]
    so_far: bool = False

    def __str__(self) -> str:
        """ "7 x 7 px", "9 steps", "one step and all before it", "the whole input"."""
        if self.so_far:
            return "one step and all before it"
        if self.sizes == self.of:
            return "the whole input"
        unit = UNITS[self.axes[0]]
        return f"{' x '.join(map(str, self.sizes))} {unit if self.sizes != (1,) else unit.removesuffix('s')}"


def receptive_fields(layers: tuple[LayerSpec, ...], input_shape: Shape) -> dict[str, ReceptiveField]:
    """Layer id -> what it sees, blocks too, up to the first layer that does not fit; of a Repeat's layers, their last copy.

    Counted as it answers questions, so that BatchNorm looks at nothing else. Empty where the input has no positions.
    """
    walk = _Walk(input_shape)
    if walk.axes:
        walk.row(layers, walk.start())
    return walk.found


def looks_ahead(layers: tuple[LayerSpec, ...], input_shape: Shape) -> str:
    """Id of the first layer (of a block: the block) behind which a step depends on a later step of the input; "" where none does."""
    walk = _Walk(input_shape)
    if walk.axes != ("time",):
        return ""
    seen: _Seen | None = walk.start()
    for layer in layers:
        seen = walk.layer(layer, seen)
        if seen is None or "time" not in seen.shape.axes:
            return ""
        axis = seen.shape.axes.index("time")
        steps = np.arange(seen.shape.sizes[axis]).reshape(_along(axis, len(seen.shape.axes)))
        if (seen.ends[0][1] > steps).any():
            return layer.id
    return ""


@dataclass(frozen=True)
class _Seen:
    """For every number of one example, the first and the last position it depends on along each axis of the network's input.

    Attributes:
        shape: of the example.
        ends: (first, last) per axis of the network's input; arrays that broadcast to the sizes of `shape`.
    """

    shape: Shape
    ends: tuple[tuple[np.ndarray, np.ndarray], ...]


class _Walk:
    def __init__(self, input_shape: Shape) -> None:
        self.input = input_shape
        self.axes = tuple(axis for axis in input_shape.axes if axis in UNITS)
        self.of = tuple(size for axis, size in zip(input_shape.axes, input_shape.sizes, strict=True) if axis in UNITS)
        self.found: dict[str, ReceptiveField] = {}

    def start(self) -> _Seen:
        """Every number sees itself."""
        axes = [self.input.axes.index(axis) for axis in self.axes]
        grids = [np.arange(self.input.sizes[axis]).reshape(_along(axis, len(self.input.axes))) for axis in axes]
        return _Seen(self.input, tuple((grid, grid) for grid in grids))

    def row(self, layers: tuple[LayerSpec, ...], seen: _Seen | None) -> _Seen | None:
        """What the end of the row sees; None when a layer does not fit."""
        for layer in layers:
            seen = self.layer(layer, seen) if seen else None
            if seen:
                self.found[layer.id] = self.field(seen)
        return seen

    def layer(self, layer: LayerSpec, seen: _Seen) -> _Seen | None:
        try:
            after = layer.output_shape(seen.shape)
        except ShapeError:
            after = None
        if layer.bodies():
            return self.block(layer, seen, after)
        return _through(layer, seen, after) if after else None

    def block(self, layer: LayerSpec, seen: _Seen, after: Shape | None) -> _Seen | None:
        if not layer.joins:
            return self.repeated(layer, seen, after)
        ends = [end for body in layer.bodies() if (end := self.row(body, seen))]
        if after is None:
            return None
        if isinstance(layer, AskingBlock):
            ends = [_looked(end, layer.memory_reach(end.shape), after) for end in ends]
        if layer.joins != "merge":
            ends.append(_looked(seen, layer.reach(seen.shape), after))
        return _together(ends, after)

    def repeated(self, layer: LayerSpec, seen: _Seen, after: Shape | None) -> _Seen | None:
        """Copy after copy, until another one would see no more."""
        (body,) = layer.bodies()
        end = self.row(body, seen)
        for _ in range(layer.copies() - 1):
            before, end = end, self.row(body, end)
            if after is None or before is None or end is None or _same(before, end):
                break
        return end if after else None

    def field(self, seen: _Seen) -> ReceptiveField:
        sizes = tuple(max(0, int((last - first).max()) + 1) for first, last in seen.ends)
        return ReceptiveField(self.axes, sizes, self.of, so_far=sizes == self.of and self._so_far(seen))

    def _so_far(self, seen: _Seen) -> bool:
        first, last = seen.ends[0]
        return self.axes == ("time",) and not first.any() and int(last.min()) < self.of[0] - 1


def _through(layer: LayerSpec, seen: _Seen, after: Shape) -> _Seen:
    if layer.rearranges:
        return _Seen(after, tuple((first, last) for first, last in _rearranged(layer, seen, after)))
    return _looked(seen, layer.reach(seen.shape), after)


def _rearranged(layer: LayerSpec, seen: _Seen, after: Shape) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The layer itself moves the positions to where it moves the numbers."""
    ends = [end for pair in seen.ends for end in pair]
    if all(end.size == 1 for end in ends):
        moved = np.stack([end.reshape([1] * len(after.axes)) for end in ends])
    else:
        full = np.stack([np.broadcast_to(end, seen.shape.sizes) for end in ends])
        moved = layer.build(seen.shape)(torch.from_numpy(full)).numpy()
    for axis in range(0, len(ends), 2):
        yield moved[axis], moved[axis + 1]


def _looked(seen: _Seen, reach: tuple[Reach, ...], after: Shape) -> _Seen:
    ends = []
    for first, last in seen.ends:
        for axis, along in enumerate(reach):
            if along is not OWN and first.shape[axis] > 1:
                name = seen.shape.axes[axis]
                positions = after.sizes[after.axes.index(name)] if name in after.axes else 1
                first, last = _extent(first, np.minimum, axis, along, positions), _extent(last, np.maximum, axis, along, positions)
        ends.append((_laid_out(first, np.minimum, seen.shape, after), _laid_out(last, np.maximum, seen.shape, after)))
    return _Seen(after, tuple(ends))


def _extent(values: np.ndarray, most: np.ufunc, axis: int, reach: Reach, positions: int) -> np.ndarray:
    """The outermost of the `values` that each output position looks at; `most` is np.minimum or np.maximum."""
    if reach.everything:
        return most.reduce(values, axis, keepdims=True)
    if reach.so_far:
        return most.accumulate(values, axis)
    pairs, blind = _windows(reach, values.shape[axis], positions)
    nothing = np.iinfo(values.dtype).max // 2 if most is np.minimum else -1
    edge = np.full_like(values.take([0], axis), nothing)
    seen = most.reduceat(np.concatenate([values, edge], axis), pairs, axis)
    seen = seen.take(range(0, 2 * positions, 2), axis)
    if blind.any():
        seen = np.where(blind.reshape(_along(axis, values.ndim)), nothing, seen)
    return seen


@lru_cache(maxsize=256)
def _windows(reach: Reach, size: int, positions: int) -> tuple[np.ndarray, np.ndarray]:
    """(2 positions,): where each window starts and where the next position after it is; and which windows see nothing of the input."""
    start = reach.stride * np.arange(positions) - reach.before
    first = np.clip(start // reach.per, 0, size)
    end = np.clip(-((-start - reach.window) // reach.per), 0, size)
    return np.stack([first, end], 1).ravel(), first >= end


def _laid_out(values: np.ndarray, most: np.ufunc, before: Shape, after: Shape) -> np.ndarray:
    """The same values along the axes of the layer's output: units stay units, and an axis that is gone has one position left."""
    named = ["units" if axis in ("channels", "features") else axis for axis in before.axes]
    wanted = ["units" if axis in ("channels", "features") else axis for axis in after.axes]
    values = values.reshape([values.shape[named.index(axis)] if axis in named else 1 for axis in wanted])
    return _fitted(values, most, after)


def _fitted(values: np.ndarray, most: np.ufunc, shape: Shape) -> np.ndarray:
    for axis, size in enumerate(shape.sizes):
        if values.shape[axis] not in (1, size):
            values = most.reduce(values, axis, keepdims=True)
    return values


def _together(seen: list[_Seen], after: Shape) -> _Seen:
    """What any of them sees."""
    ends = []
    for pairs in zip(*(one.ends for one in seen), strict=True):
        firsts = [_fitted(first, np.minimum, after) for first, _ in pairs]
        lasts = [_fitted(last, np.maximum, after) for _, last in pairs]
        ends.append((reduce(np.minimum, firsts), reduce(np.maximum, lasts)))
    return _Seen(after, tuple(ends))


def _same(one: _Seen, other: _Seen) -> bool:
    return all(np.array_equal(a, b) for left, right in zip(one.ends, other.ends, strict=True) for a, b in zip(left, right, strict=True))


def _along(axis: int, dimensions: int) -> list[int]:
    return [-1 if number == axis else 1 for number in range(dimensions)]
