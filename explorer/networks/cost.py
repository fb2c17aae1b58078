"""Shapes, parameters, arithmetic and memory of a network, measured on the meta device: nothing is allocated.

Every layer is measured by itself, once, and remembered: a network is the sum of its layers, so that one edit of a deep
network costs one layer.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from explorer.experiment.network import LayerSpec, NetworkSpec, shapes_through
from explorer.networks.build import Network, require_output, resolve
from explorer.networks.passes import GRID, PIECE_BYTES, Passes, passes
from explorer.results.cost import LayerCost, NetworkCost
from explorer.results.shape import Shape

FLOAT_BYTES = 4
MEASURED_BATCH = 2  # batch normalisation takes no less in training
ADAM_STATES = 2  # the most any of the optimisers remembers per weight
COPIES = 5  # of the weights and what the optimiser remembers of them: two to fall back on, and three while a checkpoint is written
WORKSPACE = 3  # times what a convolution reads and writes: it puts its numbers in another order first
ANSWERS = 3  # of what the network puts out, while a metric is worked out of it


def describe(
    spec: NetworkSpec,
    input_shape: Shape,
    output_shape: Shape,
    batch_size: int,
    optimizer_states: int = ADAM_STATES,
    at_once: Passes | None = None,
) -> NetworkCost:
    """What the network costs at this batch size, before anything of it is allocated.

    Args:
        optimizer_states: numbers the optimiser remembers per weight: 0 for SGD, 1 with momentum, 2 for Adam.
        at_once: how many examples it is measured on and drawn with; None: the most there may be.

    Raises:
        ShapeError: a layer does not fit, or the network does not end in `output_shape`; the layer's id is in `.layer`.
    """
    spec = resolve(spec, output_shape)
    require_output(spec, input_shape, output_shape)
    rows = layer_costs(spec, input_shape)
    parameters, flops, outputs, saved = (
        sum(getattr(row, name) for row in rows if not row.block) for name in ("parameters", "flops", "activation_bytes", "saved_bytes")
    )
    forward = max(row.forward_bytes for row in rows)
    inner = max(map(_inner_bytes, rows))
    reordered = max(map(_reordered_bytes, rows))
    answer = FLOAT_BYTES * output_shape.numel
    memory = _Memory(parameters, saved + FLOAT_BYTES * input_shape.numel, forward, inner, reordered, outputs, answer)
    return NetworkCost(
        layers=rows,
        input=input_shape,
        output=output_shape,
        parameters=parameters,
        flops=flops,
        activation_bytes=outputs,
        batch_size=batch_size,
        step_flops=3 * flops * batch_size,
        training_bytes=memory.training(batch_size, optimizer_states),
        forward_bytes=forward,
        run_bytes=memory.run(batch_size, at_once or passes(input_shape, output_shape), optimizer_states),
    )


def layer_costs(spec: NetworkSpec, input_shape: Shape) -> tuple[LayerCost, ...]:
    """What every layer and block of a resolved network costs, whatever shape it ends in. Raises ShapeError as `describe`."""
    return tuple(_rows(spec.layers, input_shape, _Place()))


def piece(network: Network) -> int:
    """How many examples a network may be given at once when it is measured; found out once."""
    if network not in _PIECES:
        rough = max(PIECE_BYTES // _rough_bytes(network.spec.layers, network.input_shape), 1)
        _PIECES[network] = rough if rough >= GRID**2 else _measured_piece(network)
    return _PIECES[network]


def _measured_piece(network: Network) -> int:
    return max(PIECE_BYTES // max(row.forward_bytes for row in layer_costs(network.spec, network.input_shape)), 1)


def _rough_bytes(layers: tuple[LayerSpec, ...], shape: Shape) -> int:
    """Far more than one example needs at once where layers only put out numbers: to find out without measuring that it is little."""
    shapes = shapes_through(layers, shape)
    inside = sum(_rough_bytes(body, before) for layer, before in zip(layers, shapes, strict=False) for body in layer.bodies())
    return inside + 8 * FLOAT_BYTES * sum(after.numel for after in shapes)


_PIECES: weakref.WeakKeyDictionary[Network, int] = weakref.WeakKeyDictionary()


def layer_bytes(row: LayerCost, batch_size: int, at_once: Passes) -> int:
    """The share of one layer in `NetworkCost.run_bytes`."""
    memory = _Memory(row.parameters, row.saved_bytes, row.forward_bytes, _inner_bytes(row), _reordered_bytes(row), row.activation_bytes, 0)
    return memory.run(batch_size, at_once, ADAM_STATES)


def _inner_bytes(row: LayerCost) -> int:
    return max(row.forward_bytes - FLOAT_BYTES * (row.input.numel + row.output.numel), 0)


def _reordered_bytes(row: LayerCost) -> int:
    """What a layer that multiplies works on, held once more: the backward pass of a convolution puts it in another order."""
    return row.forward_bytes if row.flops else 0


@dataclass(frozen=True)
class _Memory:
    """What memory is worked out of: the number of weights, and bytes of one example.

    Attributes:
        saved: kept until the backward pass.
        forward: there at once without one.
        inner: the part of it that is neither what goes into a layer nor what it puts out.
        reordered: what is held once more, in another order, while slopes flow back.
        outputs: what all layers put out.
        answer: what the last one does.
    """

    parameters: int
    saved: int
    forward: int
    inner: int
    reordered: int
    outputs: int
    answer: int

    def training(self, batch_size: int, states: int) -> int:
        """Bytes of one training step: weights, gradients, what the optimiser remembers, and the batch on its way."""
        return FLOAT_BYTES * self.parameters * (2 + states) + batch_size * self.saved

    def run(self, batch_size: int, at_once: Passes, states: int) -> int:
        """Bytes of a whole run at its worst moment."""
        copies = FLOAT_BYTES * self.parameters * (2 + states + COPIES * (1 + states))
        slopes = min(2 * self.forward, self.saved)  # on their way back, beside what was kept
        learning = batch_size * (self.saved + slopes + self.reordered)
        most = max(at_once.evaluated, at_once.drawn)
        measuring = WORKSPACE * min(most * self.forward, max(PIECE_BYTES, self.forward)) + most * ANSWERS * self.answer
        drawing = at_once.drawn * (self.outputs + self.inner) + measuring  # the pictures hold on to what every layer put out
        return copies + max(learning, drawing)


class _Meter(TorchDispatchMode):
    """Counts, layer by layer, what one forward pass multiplies, puts out and keeps for the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.now: Counter[str] = Counter()
        self.per_layer: dict[str, Counter[str]] = {}
        self._known: dict[int, Any] = {}  # storages counted already, held so that their addresses stay theirs

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.now["flops"] += formula(*args, **(kwargs or {}), out_val=out)
        return out

    def watch(self, layer_id: str, module: nn.Module, is_block: bool) -> None:
        """Charge what happens while `module` runs to its layer."""
        total = self.per_layer.setdefault(layer_id, Counter())
        total["parameters"] += sum(parameter.numel() for parameter in module.parameters())
        before: list[Counter[str]] = []

        def start(*_: Any) -> None:
            before.append(self.now.copy())

        def stop(_module: Any, _inputs: Any, output: torch.Tensor) -> None:
            if not is_block or output.untyped_storage()._cdata not in self._known:  # a chain puts out what its last layer did
                self.now["outputs"] += output.numel() * FLOAT_BYTES
            self.keep(output)
            total.update(self.now - before.pop())

        module.register_forward_pre_hook(start)
        module.register_forward_hook(stop)

    def of(self, layer_id: str, living: int | None = None) -> _Measured:
        """What was charged to a layer; what lives while it runs is taken to be what it puts out, unless it is known."""
        counted = self.per_layer[layer_id]
        four = (counted[name] for name in ("parameters", "flops", "outputs", "saved"))
        return _Measured(*four, living=counted["outputs"] if living is None else living)

    def keep(self, tensor: torch.Tensor) -> torch.Tensor:
        """Count a tensor's memory once, however many operations keep it."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self._known:
            self._known[storage._cdata] = storage
            self.now["saved"] += storage.nbytes()
        return tensor

    def ignore(self, tensor: torch.Tensor) -> None:
        """Leave a tensor out: it is a weight, or the batch, and counted as such."""
        storage = tensor.untyped_storage()
        self._known[storage._cdata] = storage


class _Living(TorchDispatchMode):
    """Adds up the memory of the tensors there are while a layer answers; `most` is the largest sum.

    Args:
        others: the weights and the input, which are there anyway and are not counted.
    """

    def __init__(self, others: Iterable[torch.Tensor]) -> None:
        super().__init__()
        self.most = self._now = 0
        self._holders = Counter(tensor.untyped_storage()._cdata for tensor in others)  # storage -> tensors in it

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, (tuple, list)) else (out,):
            if isinstance(tensor, torch.Tensor):
                self._enter(tensor)
        return out

    def _enter(self, tensor: torch.Tensor) -> None:
        """Count a tensor until it is gone."""
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        self._now += 0 if self._holders[key] else size
        self._holders[key] += 1
        self.most = max(self.most, self._now)
        weakref.finalize(tensor, self._leave, key, size)

    def _leave(self, key: int, size: int) -> None:
        self._holders[key] -= 1
        self._now -= 0 if self._holders[key] else size


@dataclass(frozen=True)
class _Measured:
    """What a layer costs; bytes and operations are those of MEASURED_BATCH examples, `living` is without what goes in."""

    parameters: int
    flops: int
    outputs: int
    saved: int
    living: int


@lru_cache(maxsize=4096)
def _measured(layer: LayerSpec, shape: Shape) -> tuple[_Measured, ...]:
    """What a layer without a name costs, and then every layer it holds, in the order of `NetworkSpec.walk`."""
    spec = NetworkSpec(layers=(layer,))
    root, *inner = spec.walk()
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        network = Network(spec, shape)
        x = _example(shape)
        living = _most_living(network, x)
        meter = _count(network, x, {one.id for one in spec.walk() if one.bodies()})
    return (meter.of(root.id, living), *(meter.of(one.id) for one in inner))


def _example(shape: Shape) -> torch.Tensor:
    """What comes from the layer before: tokens, or numbers that slopes flow back to."""
    if shape.vocabulary:
        return torch.zeros(MEASURED_BATCH, *shape.sizes, dtype=torch.int64)
    return torch.zeros(MEASURED_BATCH, *shape.sizes, requires_grad=True)


def _most_living(network: Network, x: torch.Tensor) -> int:
    living = _Living((x, *network.parameters(), *network.buffers()))
    network.eval()
    with living, torch.no_grad():
        network(x)
    network.train()
    return living.most


def _count(network: Network, x: torch.Tensor, blocks: set[str]) -> _Meter:
    meter = _Meter()
    for layer_id in network.layer_ids:
        plain = layer_id.partition("#")[0]
        meter.watch(plain, network.module_of(layer_id), plain in blocks)
    for tensor in (x, *network.parameters(), *network.buffers()):
        meter.ignore(tensor)
    with meter, torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(meter.keep, lambda kept: kept):
        network(x)
    return meter


@dataclass(frozen=True)
class _Place:
    """Where layers are.

    Attributes:
        block: ids of the blocks that hold them, outermost first.
        copies: how many times they are built.
        times: how many times what is measured of them counts.
        held: bytes of one example that the blocks hold on to meanwhile.
    """

    block: tuple[str, ...] = ()
    copies: int = 1
    times: int = 1
    held: int = 0

    def inside(self, layer: LayerSpec) -> _Place:
        return replace(self, block=(*self.block, layer.id), copies=self.copies * layer.copies())


def _rows(layers: tuple[LayerSpec, ...], shape: Shape, place: _Place) -> Iterator[LayerCost]:
    """Rows of layers that follow one another: each is measured, or put together from the rows of what it repeats."""
    for layer, (before, after) in zip(layers, pairwise(shapes_through(layers, shape)), strict=True):
        if layer.copies() > 1:
            yield from _repeated_rows(layer, before, after, place)
        else:
            yield from _measured_rows((layer,), before, place, iter(_measured(_nameless(layer), before)))


def _measured_rows(layers: tuple[LayerSpec, ...], shape: Shape, place: _Place, found: Iterator[_Measured]) -> Iterator[LayerCost]:
    for layer, (before, after) in zip(layers, pairwise(shapes_through(layers, shape)), strict=True):
        yield _row(layer, before, after, place, next(found))
        for body in layer.bodies():
            yield from _measured_rows(body, before, place.inside(layer), found)


def _repeated_rows(layer: LayerSpec, before: Shape, after: Shape, place: _Place) -> Iterator[LayerCost]:
    """A block that builds what it holds several times, one after another: it adds nothing of its own."""
    held = place.held + FLOAT_BYTES * before.numel
    inside = replace(place.inside(layer), times=place.times * layer.copies(), held=held)
    rows = [row for body in layer.bodies() for row in _rows(body, before, inside)]
    direct = [row for row in rows if row.block == inside.block]
    names = ("parameters", "flops", "activation_bytes", "saved_bytes")
    yield LayerCost(
        **_named(layer, before, after, place),
        **{name: sum(getattr(row, name) for row in direct) for name in names},
        forward_bytes=max((row.forward_bytes for row in direct), default=held),
    )
    yield from rows


def _row(layer: LayerSpec, before: Shape, after: Shape, place: _Place, measured: _Measured) -> LayerCost:
    return LayerCost(
        **_named(layer, before, after, place),
        parameters=place.times * measured.parameters,
        flops=place.times * measured.flops // MEASURED_BATCH,
        activation_bytes=place.times * measured.outputs // MEASURED_BATCH,
        saved_bytes=place.times * measured.saved // MEASURED_BATCH,
        forward_bytes=place.held + FLOAT_BYTES * before.numel + measured.living // MEASURED_BATCH,
    )


def _named(layer: LayerSpec, before: Shape, after: Shape, place: _Place) -> dict[str, Any]:
    """What a row says of its layer whatever it costs."""
    fields = {"id": layer.id, "kind": layer.kind, "title": layer.title(), "block": place.block, "copies": place.copies}
    return {**fields, "input": before, "output": after}


def _nameless(layer: LayerSpec) -> LayerSpec:
    """The layer without its id and those of what it holds: layers that are alike are measured once."""
    plain = layer.model_copy(update={"id": ""})
    bodies = tuple(tuple(map(_nameless, body)) for body in layer.bodies())
    return plain.with_bodies(bodies) if bodies else plain
