"""A network as readable PyTorch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.experiment.network import LayerSpec, shapes_through
from explorer.export.copied import Surroundings, module_class, parts_of
from explorer.export.modules import fewest_arguments, is_torch, parameters_of
from explorer.layers.chain import Chain
from explorer.networks.build import Network, require_output, resolve
from explorer.results.shape import Shape

INDENT = "    "


def network_source(experiment: Experiment, role: str = "model") -> str:
    """Python text that builds the network of a role as `model`; it needs torch alone.

    Every layer stands on a line with the shape it returns. Weights are torch's own first ones: see `weights`.

    Raises:
        ShapeError: a layer does not fit.
        SpecError: there is no such role, or a layer has no source text; names the layer.
    """
    written = written_network(experiment, role)
    return "\n\n\n".join(["\n".join(import_lines(written.around)), *written.definitions(), written.model]) + "\n"


def written_network(experiment: Experiment, role: str = "model") -> WrittenNetwork:
    """The text of a network in pieces. Raises as `network_source`."""
    if role not in experiment.networks:
        raise SpecError(f"There is no network named {role[:40]!r}. There are: {', '.join(experiment.networks)}.")
    inputs, outputs = experiment.task.shapes(role, experiment.data.load())
    spec = resolve(experiment.networks[role], outputs)
    require_output(spec, inputs, outputs)
    with torch.device("meta"):
        network = Network(spec, inputs)
    return WrittenNetwork(network)


def import_lines(around: Surroundings) -> list[str]:
    """Import lines as a formatter sorts them: `import` before `from`."""
    return sorted(around.imports, key=lambda line: (line.startswith("from"), line))


class WrittenNetwork:
    """The text of one network.

    Attributes:
        model: the statement `model = nn.Sequential(...)`.
        classes: name -> source of the modules that torch does not have.
        around: imports and functions that the classes need.
    """

    def __init__(self, network: Network) -> None:
        self.around = Surroundings()
        self.classes: dict[str, str] = {}
        self._spec = network.spec
        self._shapes = dict(_shapes(network.spec.layers, network.input_shape))
        lines = self._chain(network.body, f"  # takes {network.input_shape}")
        self.model = "\n".join(["model = " + lines[0], *lines[1:]])

    def definitions(self) -> list[str]:
        """Source of everything that has to stand before `model`."""
        return [*self.around.definitions.values(), *self.classes.values()]

    def _chain(self, chain: Chain, comment: str = "") -> list[str]:
        """Lines of a Sequential; the first and the last are not indented."""
        inside = []
        for layer_id, module in chain.layers():
            lines = self._layer(layer_id, module)
            inside += [f"{INDENT}{line}" for line in lines]
        return [f"nn.Sequential({comment}", *inside, ")"] if inside else ["nn.Sequential()"]

    def _layer(self, layer_id: str, module: nn.Module) -> list[str]:
        note = f",  # {self._shapes[layer_id]}"
        try:
            lines = self._module(module)
        except ValueError as error:
            raise SpecError(f"{self._spec.place(layer_id)} cannot be written as PyTorch: {error}.") from None
        return [*lines[:-1], lines[-1] + note]

    def _module(self, module: nn.Module) -> list[str]:
        if isinstance(module, Chain):
            return self._chain(module)
        if type(module) is nn.Sequential:
            lines = [line for child in module for line in _ended(self._module(child))]
            return ["nn.Sequential(", *(f"{INDENT}{line}" for line in lines), ")"]
        return [torch_call(module)] if is_torch(module) else self._own(module)

    def _own(self, module: nn.Module) -> list[str]:
        parts = parts_of(module)
        written = {name: self._part(value) for name, value in parts.items()}
        name = self._class_of(module)
        flat = ", ".join(f"{key}={lines[0]}" for key, lines in written.items())
        if all(len(lines) == 1 for lines in written.values()) and len(flat) < 90:
            return [f"{name}({flat})"]
        inside: list[str] = []
        for key, lines in written.items():
            inside += [f"{INDENT}{line}" for line in _ended([f"{key}={lines[0]}", *lines[1:]])]
        return [f"{name}(", *inside, ")"]

    def _part(self, value: Any) -> list[str]:
        if isinstance(value, nn.Module):
            return self._module(value)
        if isinstance(value, torch.Tensor):
            empty = f"torch.empty({', '.join(map(str, value.shape))})"
            return [f"nn.Parameter({empty})" if isinstance(value, nn.Parameter) else empty]
        return [repr(value)]

    def _class_of(self, module: nn.Module) -> str:
        """The name of a class with the parts of this module, written when there is none yet."""
        number, plain = 1, type(module).__name__
        while True:
            name = plain if number == 1 else f"{plain}{number}"
            text = module_class(module, name, self.around)
            if self.classes.setdefault(name, text) == text:
                return name
            number += 1


def _ended(lines: list[str]) -> list[str]:
    return [*lines[:-1], f"{lines[-1]},"]


def torch_call(module: nn.Module) -> str:
    """ "nn.Conv2d(1, 8, 3, padding=1)". Raises ValueError where the module does not tell how it was made."""
    parameters, positional = parameters_of(type(module)), True
    said = []
    for name, value in fewest_arguments(module).items():
        positional = positional and parameters[name].default is parameters[name].empty
        said.append(repr(value) if positional else f"{name}={value!r}")
    return f"nn.{type(module).__name__}({', '.join(said)})"


def plain_weights(network: Network) -> dict[str, torch.Tensor]:
    """The state dict under the names it has in the text: "body.linear_1.weight" -> "0.weight"."""
    renamed = {f"body.{old}": new for old, new in _renamed(network.body, "", "")}
    return {renamed[name]: value for name, value in network.state_dict().items()}


def _renamed(module: nn.Module, old: str, new: str) -> list[tuple[str, str]]:
    names = [(f"{old}{name}", f"{new}{name}") for name in [*module._parameters, *module._buffers]]
    for number, (name, child) in enumerate(module.named_children()):
        names += _renamed(child, f"{old}{name}.", f"{new}{number if isinstance(module, Chain) else name}.")
    return names


def _shapes(layers: tuple[LayerSpec, ...], shape: Shape) -> list[tuple[str, Shape]]:
    """(layer id, shape after it) of every layer, those inside blocks too."""
    found = []
    for layer, (before, after) in zip(layers, pairwise(shapes_through(layers, shape)), strict=True):
        found.append((layer.id, after))
        for body in layer.bodies():
            found += _shapes(body, before)
    return found
