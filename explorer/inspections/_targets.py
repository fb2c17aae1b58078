"""What can be followed back from the loss: one weight of a tensor, or one unit of a layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.inspections._products import Passed, Products, alone, products
from explorer.inspections._rehearsal import Weights, weights_in
from explorer.inspections.wording import counted
from explorer.networks.build import Network

UNITS = "units"  # "linear_1.units": the units of a layer, beside its tensors
Move = Callable[[float], Callable[[], None]]  # moves a weight or unit by so much, and returns what puts it back


class OfWeights:
    """One tensor of weights."""

    def __init__(self, weights: Weights) -> None:
        self.weights, self.name, self.layer, self.module = weights, weights.name, weights.layer, weights.module

    def gradient(self, loss: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return torch.autograd.grad(loss, self.weights.values, retain_graph=True, allow_unused=True, materialize_grads=True)[0]

    def terms(self, index: tuple[int, ...], passed: Passed) -> Products | None:
        return products(self.module, self.weights.short, index, passed)

    def scale(self, index: tuple[int, ...]) -> float:
        return max(1.0, abs(self.weights.values[index].item()))

    def called(self, index: tuple[int, ...]) -> str:
        return f"weight {written(index)} of {self.name}"

    def value(self, index: tuple[int, ...]) -> float | None:
        return self.weights.values[index].item()

    def nudge(self, index: tuple[int, ...]) -> Move:
        def move(by: float) -> Callable[[], None]:
            before = self.weights.values[index].item()
            _set(self.weights.values, index, before + by)
            return lambda: _set(self.weights.values, index, before)

        return move


class OfUnits:
    """The units of one layer; the derivative is for the same change of a unit at all its positions."""

    def __init__(self, layer: str, module: nn.Module) -> None:
        self.name, self.layer, self.module = f"{layer}.{UNITS}", layer, module

    def gradient(self, loss: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        slopes = torch.autograd.grad(loss, z, retain_graph=True, allow_unused=True, materialize_grads=True)[0]
        return slopes.movedim(unit_axis(slopes), 0).flatten(1).sum(1)

    def terms(self, index: tuple[int, ...], passed: Passed) -> Products:
        at = f"[:, :, {index[0]}]" if unit_axis(passed.z) == 2 else f"[:, {index[0]}]"
        slopes = passed.delta.select(unit_axis(passed.z), index[0])
        return alone(slopes, rf"\delta_{{{index[0]}}}", f"d loss / d output of unit {index[0]}", "position", f"delta{at}.sum()")

    def scale(self, index: tuple[int, ...]) -> float:
        return 1.0

    def called(self, index: tuple[int, ...]) -> str:
        return f"unit {index[0]} of {self.layer}"

    def value(self, index: tuple[int, ...]) -> float | None:
        """None: at every position a unit gives another number."""

    def nudge(self, index: tuple[int, ...]) -> Move:
        def move(by: float) -> Callable[[], None]:
            def change(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
                bump = torch.zeros_like(output)
                bump.select(unit_axis(output), index[0]).fill_(by)
                return output + bump

            return self.module.register_forward_hook(change).remove

        return move


Target = OfWeights | OfUnits


def unit_axis(batch: torch.Tensor) -> int:
    """Which axis of a batch counts units: channels of pictures, features of steps and vectors."""
    return 2 if batch.dim() == 3 else 1


def _set(values: torch.Tensor, index: tuple[int, ...], value: float) -> None:
    with torch.no_grad():
        values[index] = value


def target_named(network: Network, name: str) -> Target:
    """The tensor "linear_1.weight", or the units "linear_1.units"."""
    layer, _, what = name.rpartition(".")
    if what == UNITS:
        return OfUnits(layer, network.module_of(layer))
    return OfWeights(next(one for one in weights_in(network) if one.name == name))


def place_of(text: str, name: str, gradient: torch.Tensor) -> tuple[int, ...]:
    """The place that is meant in the target called `name`; the one with the largest gradient where none is. Raises SpecError."""
    if not text.strip():
        return tuple(int(at) for at in np.unravel_index(int(gradient.abs().argmax()), gradient.shape))
    places = [part.strip() for part in text.strip("[]() ").split(",")]
    if len(places) != gradient.dim() or not all(part.isdecimal() and int(part) < n for part, n in zip(places, gradient.shape, strict=True)):
        sizes, last = " x ".join(map(str, gradient.shape)), written(tuple(size - 1 for size in gradient.shape))
        raise SpecError(
            f"There is no place {text[:40]!r} in {name}, which has {sizes} of them. "
            f"Give {counted(gradient.dim(), 'whole number')}, counted from 0: the last place is {last}."
        )
    return tuple(int(part) for part in places)


def written(index: tuple[int, ...]) -> str:
    return ", ".join(map(str, index))
