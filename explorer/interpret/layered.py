"""Layers inside of what is explained: which there are, what they give, and what their units are called."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import nn

from explorer.errors import SpecError
from explorer.inspections.places import LARGEST, unit_axis
from explorer.interpret.subject import Subject

NO_LAYERS = "It looks at a layer between the input and the answer, and of this network none can be seen."
OVER_TIME = (  # modules that take and give (n, units, steps)
    nn.Conv1d,
    nn.ConvTranspose1d,
    nn.BatchNorm1d,
    nn.InstanceNorm1d,
    nn.MaxPool1d,
    nn.AvgPool1d,
    nn.AdaptiveMaxPool1d,
    nn.AdaptiveAvgPool1d,
)
FORMS = {4: "maps", 3: "steps", 2: "numbers"}  # axes of a batch of outputs -> what a unit gives


@dataclass(frozen=True)
class Layer:
    """A layer that can be looked at.

    Attributes:
        output: (1, ...), what it gives for an example.
        passes_on: whether it only hands on the numbers that come in, in another shape or place.
        left: when it was done, counted from 0: a block after the layers in it.
        axis: of a batch of outputs, that counts the units: of steps the last here, and the second in modules of torch's own that slide
            over time, and in what follows on them.
    """

    name: str
    module: nn.Module
    output: torch.Tensor
    passes_on: bool
    left: int
    axis: int

    @property
    def form(self) -> str:
        """What one unit gives: "maps", "steps" or "numbers"."""
        return FORMS[self.output.dim()]

    @property
    def units(self) -> int:
        return self.output.shape[self.axis]

    def units_first(self, outputs: torch.Tensor) -> torch.Tensor:
        """(n, units, ...) of a batch of its outputs."""
        return outputs.movedim(self.axis, 1)

    def by_unit(self, outputs: torch.Tensor) -> torch.Tensor:
        """(numbers, units): every position of every example is a row."""
        return outputs.movedim(self.axis, -1).flatten(0, -2)


def layers_of(subject: Subject) -> dict[str, Layer]:
    """Name -> layer, in forward order: those that give one batch of numbers; the entry itself, whose numbers are the input, is none."""
    seen: dict[str, Layer] = {}
    over_time: list[torch.Tensor] = []  # outputs whose second axis counts units, and the third steps

    def note(name: str, module: nn.Module, entered: tuple, output: object) -> None:
        if isinstance(output, torch.Tensor) and output.is_floating_point() and output.dim() in FORMS:
            follows = bool(entered) and any(entered[0] is one for one in over_time) and entered[0].shape[2:] == output.shape[2:]
            if output.dim() == 3 and (isinstance(module, OVER_TIME) or follows):
                over_time.append(output)
            axis = 1 if any(output is one for one in over_time) else unit_axis(output)
            seen[name] = Layer(name, module, output, bool(entered) and _same_numbers(entered[0], output), len(seen), axis)

    with ExitStack() as stack, torch.no_grad():
        for name, module in subject.layers.items():
            if module is not subject.entry:
                handle = module.register_forward_hook(lambda module, entered, output, name=name: note(name, module, entered, output))
                stack.callback(handle.remove)
        subject.answer(subject.x[:1])
    return {name: seen[name] for name in subject.layers if name in seen}


def _same_numbers(entered: object, output: torch.Tensor) -> bool:
    if not isinstance(entered, torch.Tensor) or entered.numel() != output.numel() or output.numel() < 2:
        return False
    return torch.equal(entered.flatten(), output.flatten())


def names_of(subject: Subject) -> list[str]:
    """What can be chosen as a layer."""
    return list(layers_of(subject)) if subject.layers else []


def layer_named(subject: Subject, name: str) -> Layer:
    """The layer of that name; where none is named the last one before the answer that does more than hand on. Raises SpecError."""
    there = layers_of(subject)
    if not there:
        raise SpecError(NO_LAYERS)
    if name and name not in there:
        raise SpecError(f"There is no layer named {name[:40]!r} that could be looked at here. There are: {', '.join(there)}.")
    telling = [one for one in there.values() if not one.passes_on] or list(there.values())
    return there[name] if name else sorted(telling, key=lambda one: one.left)[-2:][0]


def unit_of(layer: Layer, unit: int) -> int:
    """The unit itself. Raises SpecError where there is none such."""
    if unit >= layer.units:
        raise SpecError(f"{layer.name} has no unit {unit}: it has {layer.units}, counted from 0 to {layer.units - 1}.")
    return unit


def unit_names(subject: Subject, layer: Layer) -> list[str]:
    """What the units are called: by the answers, where they are what the network ends in, else by number."""
    if layer.name == list(subject.layers)[-1]:
        if layer.units == len(subject.targets):
            return list(subject.targets)
        if layer.units == 1 and len(subject.targets) == 2:
            return [subject.targets[1]]
    return [f"unit {number}" for number in range(layer.units)]


def outputs_of(subject: Subject, layer: Layer, x: torch.Tensor) -> torch.Tensor:
    """What the layer gives for inputs (n, *shape): (n, ...), without gradients, piece by piece. Raises SpecError."""
    pieces: list[torch.Tensor] = []
    handle = layer.module.register_forward_hook(lambda _module, _entered, output: pieces.append(output))
    try:
        with torch.no_grad():
            for part in x.split(subject.piece):
                subject.answer(part)
    finally:
        handle.remove()
    found = torch.cat(pieces)
    if not bool((found.abs() <= LARGEST).all()):
        raise SpecError(f"{layer.name} gives numbers that are not finite, or too large to compute with. Choose an earlier step.")
    return found


def largest_place(layer: Layer, output: torch.Tensor, unit: int) -> tuple[int, ...]:
    """Where in the output (1, ...) of a layer a unit is largest: an index without the batch's axis; of a plain unit its number."""
    values = layer.units_first(output)[0, unit]
    where = [int(at) for at in torch.unravel_index(values.argmax(), values.shape)] if values.dim() else []
    where.insert(layer.axis - 1, unit)
    return tuple(where)


def place_words(layer: Layer, place: tuple[int, ...]) -> str:
    """Such a place in words: "unit 3 of conv2d_1, at row 2 and column 5, where it is largest,"."""
    if layer.form == "maps":
        return f"unit {place[0]} of {layer.name} at row {place[1]} and column {place[2]}, where it is largest,"
    if layer.form == "steps":
        return f"unit {place[layer.axis - 1]} of {layer.name} at step {place[2 - layer.axis]}, where it is largest,"
    return f"unit {place[0]} of {layer.name}"
