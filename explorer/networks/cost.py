"""Shapes, parameters, arithmetic and memory of a network, measured on the meta device: nothing is allocated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from explorer.experiment.network import LayerSpec, NetworkSpec, shapes_through
from explorer.networks.build import Network, require_output, resolve
from explorer.results.cost import LayerCost, NetworkCost
from explorer.results.shape import Shape

FLOAT_BYTES = 4
MEASURED_BATCH = 2  # batch normalisation takes no less in training
ADAM_STATES = 2  # the most any of the optimisers remembers per weight


def describe(
    spec: NetworkSpec, input_shape: Shape, output_shape: Shape, batch_size: int, optimizer_states: int = ADAM_STATES
) -> NetworkCost:
    """What the network costs at this batch size, before anything of it is allocated.

    Args:
        optimizer_states: numbers the optimiser remembers per weight: 0 for SGD, 1 with momentum, 2 for Adam.

    Raises:
        ShapeError: a layer does not fit, or the network does not end in `output_shape`; the layer's id is in `.layer`.
    """
    spec = resolve(spec, output_shape)
    require_output(spec, input_shape, output_shape)
    rows = layer_costs(spec, input_shape)
    parameters, flops, output_bytes, saved = (
        sum(getattr(row, name) for row in rows if not row.block) for name in ("parameters", "flops", "activation_bytes", "saved_bytes")
    )
    return NetworkCost(
        layers=rows,
        input=input_shape,
        output=output_shape,
        parameters=parameters,
        flops=flops,
        activation_bytes=output_bytes,
        batch_size=batch_size,
        step_flops=3 * flops * batch_size,
        training_bytes=FLOAT_BYTES * parameters * (2 + optimizer_states) + batch_size * (saved + FLOAT_BYTES * input_shape.numel),
    )


def layer_costs(spec: NetworkSpec, input_shape: Shape) -> tuple[LayerCost, ...]:
    """What every layer and block of a resolved network costs, whatever shape it ends in. Raises ShapeError as `describe`."""
    return tuple(_rows(spec.layers, input_shape, (), 1, _measure(spec, input_shape)))


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


def _measure(spec: NetworkSpec, input_shape: Shape) -> _Meter:
    blocks = {layer.id for layer in spec.walk() if layer.bodies()}
    meter = _Meter()
    with torch.random.fork_rng(devices=[]), torch.device("meta"), torch.enable_grad():
        network = Network(spec, input_shape)
        for layer_id in network.layer_ids:
            plain = layer_id.partition("#")[0]
            meter.watch(plain, network.module_of(layer_id), plain in blocks)
        x = torch.zeros(MEASURED_BATCH, *input_shape.sizes, dtype=torch.int64 if input_shape.vocabulary else torch.float32)
        for tensor in (x, *network.parameters(), *network.buffers()):
            meter.ignore(tensor)
        with meter, torch.autograd.graph.saved_tensors_hooks(meter.keep, lambda kept: kept):
            network(x)
    return meter


def _rows(layers: tuple[LayerSpec, ...], shape: Shape, block: tuple[str, ...], copies: int, meter: _Meter) -> Iterator[LayerCost]:
    for layer, (before, after) in zip(layers, pairwise(shapes_through(layers, shape)), strict=True):
        counted = meter.per_layer[layer.id]
        yield LayerCost(
            id=layer.id,
            kind=layer.kind,
            title=layer.title(),
            block=block,
            copies=copies,
            input=before,
            output=after,
            parameters=counted["parameters"],
            flops=counted["flops"] // MEASURED_BATCH,
            activation_bytes=counted["outputs"] // MEASURED_BATCH,
            saved_bytes=counted["saved"] // MEASURED_BATCH,
        )
        for body in layer.bodies():
            yield from _rows(body, before, (*block, layer.id), copies * layer.copies(), meter)
