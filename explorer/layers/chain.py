"""Layers in a row, as one module whose children carry the ids of their layers."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from explorer.experiment.network import LayerSpec, shapes_through
from explorer.results.shape import Shape


class Chain(nn.Module):
    """Runs its children in order.

    Attributes:
        layer_ids: id of the layer each child was built from; a fresh copy made by a Repeat has the same id.
    """

    def __init__(self, named: Sequence[tuple[str, nn.Module]]) -> None:
        super().__init__()
        self.layer_ids = tuple(layer_id for layer_id, _ in named)
        for layer_id, module in named:
            self.add_module(self._free_name(layer_id), module)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for module in self._modules.values():
            x = module(x)  # ty: ignore[not-callable]
        return x

    def layers(self) -> Iterator[tuple[str, nn.Module]]:
        """(layer id, module) of every child, in order."""
        return zip(self.layer_ids, self.children(), strict=True)

    def _free_name(self, layer_id: str) -> str:
        """The id itself where it can be; "#" is never part of an id, so a second name cannot meet another."""
        number, name = 1, layer_id
        while hasattr(self, name):  # a copy, or a word torch uses itself, such as "half"
            number += 1
            name = f"{layer_id}#{number}"
        return name


def build_chain(layers: Sequence[LayerSpec], shape: Shape, copies: int = 1) -> Chain:
    """Fresh modules for `layers`, `copies` times over, fed with inputs of `shape`.

    What a layer draws at random depends on torch's seed and the layer's id alone, not on its neighbours.

    Raises:
        ShapeError: a layer does not fit.
    """
    shapes = shapes_through(tuple(layers), shape)
    named: list[tuple[str, nn.Module]] = []
    for copy in range(copies):
        for layer, before in zip(layers, shapes, strict=False):
            name = layer.id or layer.kind  # a layer outside a network has no id yet
            if copy == 0 and layer.bodies():  # a block draws nothing itself: what it holds keeps its own numbers
                named.append((name, layer.build(before)))
                continue
            with seeded(f"{name}#{copy}"):
                named.append((name, layer.build(before)))
    return Chain(named)


def own_modules(module: nn.Module) -> Iterator[nn.Module]:
    """The module of a layer and all inside it, except the layers that it holds as a block."""
    if not isinstance(module, Chain):
        yield module
        for child in module.children():
            yield from own_modules(child)


@contextmanager
def seeded(name: str) -> Generator[None]:
    """Draw from torch's CPU generator with a seed made of its seed and `name`, then put it back as it was."""
    generator = torch.default_generator
    state, seed = generator.get_state(), generator.initial_seed()
    generator.manual_seed(derived_seed(seed, name))
    try:
        yield
    finally:
        generator.set_state(state)


def derived_seed(seed: int, name: str) -> int:
    """A seed below 2**63 that is the same on every machine and in every process."""
    low, high = zlib.crc32(f"{seed}/{name}".encode()), zlib.crc32(f"{name}/{seed}".encode())
    return (high & 0x7FFFFFFF) << 32 | low
