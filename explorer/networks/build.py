"""From a network's record to a torch module with its first weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import torch
from torch import nn

from explorer.errors import ShapeError, SpecError
from explorer.experiment.network import LayerSpec, NetworkSpec, shapes_through
from explorer.layers.chain import Chain, build_chain, own_modules, seeded
from explorer.results.shape import Shape

INITIALISED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Network(nn.Module):
    """A built network: one tensor (batch, *input_shape) in, one tensor (batch, *output_shape) out.

    Attributes:
        spec: the record it was built from, every width filled in.
        input_shape, output_shape: of one example.
    """

    def __init__(self, spec: NetworkSpec, input_shape: Shape) -> None:
        super().__init__()
        self.spec = spec
        self.input_shape = input_shape
        self.output_shape = shapes_through(spec.layers, input_shape)[-1]
        self.body = build_chain(spec.layers, input_shape)
        self._paths = {layer_id: path for layer_id, path, _ in _named(self.body, "body")}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Id of every layer and block, copies of a Repeat too ("linear_1", "linear_1#2")."""
        return tuple(self._paths)

    def module_of(self, layer_id: str) -> nn.Module:
        """The module of a layer or block: "linear_1"; "linear_1#2" is its second copy in a Repeat. Raises KeyError."""
        module: nn.Module = self
        for name in self._paths[layer_id]:
            module = module._modules[name]  # ty: ignore[invalid-assignment]
        return module

    def adjust(self, spec: NetworkSpec) -> None:
        """Take over the live fields of `spec`, the same layers with other values, while training goes on."""
        layers = {layer.id: layer for layer in spec.walk()}
        for layer_id in self._paths:
            layers[layer_id.partition("#")[0]].adjust(self.module_of(layer_id))
        self.spec = resolve(spec, self.output_shape)


def resolve(spec: NetworkSpec, output: Shape) -> NetworkSpec:
    """The network with every width filled in that the task decides: an Output layer's own."""
    return NetworkSpec(layers=_resolved(spec.layers, output), initialisation=spec.initialisation)


def build_network(spec: NetworkSpec, input_shape: Shape, output_shape: Shape, seed: int) -> Network:
    """A fresh network on the CPU with its first weights; torch's global generator is left as it was.

    A layer's first weights depend on `seed`, its id and its shapes: adding a layer elsewhere does not change them.

    Raises:
        ShapeError: a layer does not fit, or the network does not end in `output_shape`; the layer's id is in `.layer`.
        SpecError: the network has no layers.
    """
    spec = resolve(spec, output_shape)
    require_output(spec, input_shape, output_shape)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network = Network(spec, input_shape)
        _initialise(network)
    return network


def require_output(spec: NetworkSpec, input_shape: Shape, output_shape: Shape) -> None:
    """Check, by integers only, that a resolved network fits its input and ends in `output_shape`.

    Raises:
        ShapeError: it does not; SpecError: it has no layers.
    """
    if not spec.layers:
        raise SpecError("The network has no layers yet. Add one; the last is an Output layer.")
    last = shapes_through(spec.layers, input_shape)[-1]
    if last == output_shape:
        return
    layer = spec.layers[-1]
    note = " (two classes need a single output, the score of the second)" if (output_shape.sizes, last.sizes) == ((1,), (2,)) else ""
    raise ShapeError(
        f"Layer {len(spec.layers)} ({layer.title()}): the task needs {output_shape} as its answer{note}, "
        f"but this network ends in {last}. {_ending(last, output_shape)}",
        layer.id,
        expected=str(output_shape),
        given=str(last),
    )


def _ending(last: Shape, wanted: Shape) -> str:
    if wanted.is_flat and not last.is_flat:
        return "End it with a Flatten and an Output layer."
    if last.is_flat and not wanted.is_flat:
        return f"End it with a Linear of {wanted.numel} units and a Reshape to {wanted}."
    return "End it with an Output layer: it takes the number of outputs from the task."


def _resolved(layers: tuple[LayerSpec, ...], output: Shape) -> tuple[LayerSpec, ...]:
    done = []
    for layer in layers:
        if layer.bodies():
            layer = layer.with_bodies(tuple(_resolved(body, output) for body in layer.bodies()))
        done.append(layer.resolved(output))
    return tuple(done)


def _named(body: Chain, name: str) -> Iterator[tuple[str, tuple[str, ...], nn.Module]]:
    """(layer id, path of module names, module) in forward order; the n-th module of one id gets "id#n"."""
    seen: Counter[str] = Counter()
    for path, module in body.named_modules(prefix=name):
        if not isinstance(module, Chain):
            continue
        for layer_id, (child, layer) in zip(module.layer_ids, module.named_children(), strict=True):
            seen[layer_id] += 1
            number = seen[layer_id]
            yield (layer_id if number == 1 else f"{layer_id}#{number}"), (*path.split("."), child), layer


def _initialise(network: Network) -> None:
    for layer_id in network.layer_ids:
        with seeded(f"{layer_id} weights"), torch.no_grad():
            _fill(network.module_of(layer_id), network.spec)


def _fill(layer: nn.Module, spec: NetworkSpec) -> None:
    for module in own_modules(layer):
        if isinstance(module, INITIALISED):
            spec.initialisation.fill(module.weight)
            if module.bias is not None:
                nn.init.constant_(module.bias, spec.initialisation.bias)
