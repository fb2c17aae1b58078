"""Pasted `nn.Sequential(...)` as a network. The text is read, never run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from explorer.errors import ShapeError, SpecError
from explorer.experiment import NetworkSpec, explain
from explorer.experiment.network import MAX_LAYERS, LayerSpec
from explorer.export.calls import Call, Text, calls_of
from explorer.export.matching import Match, Possible, match
from explorer.export.torch_names import torch_layers
from explorer.results.shape import Shape


@dataclass(frozen=True)
class Pasted:
    """What a text became.

    Attributes:
        network: the layers.
        notes: what differs from the text because other numbers arrive or are asked for, a sentence with its line for each.
    """

    network: NetworkSpec
    notes: tuple[str, ...] = ()


def network_from_text(text: str, last_is_output: bool = False) -> NetworkSpec:
    """The network that PyTorch text describes.

    Read are `nn.Sequential(nn.Linear(2, 8), nn.Tanh())`, the same as `model = ...`, with `torch.nn.` or bare names, with
    keyword arguments, with layers named in an OrderedDict, and with Sequentials inside, which become one row of layers.
    Import lines of torch and collections are passed over.

    Args:
        text: at most `calls.MAX_TEXT` characters.
        last_is_output: the last layer gets its width from the task; it has to be an nn.Linear.

    Raises:
        SpecError: anything else stands in the text, a layer or an argument is unknown or cannot be had here, or sizes
            do not fit each other: with line and column, what was found and what is expected.

    Example:
        >>> [layer.kind for layer in network_from_text("nn.Sequential(nn.Linear(2, 8), nn.Tanh())").layers]
        ['linear', 'tanh']
    """
    source = Text(text)
    calls, matches = _read(source)
    layers = [one.layer for one in matches]
    if last_is_output:
        layers[-1] = _output(calls[-1], layers[-1], source)
    return _network(layers)


def network_for(text: str, input_shape: Shape, output_shape: Shape) -> Pasted:
    """The network that PyTorch text describes, for data and a task whose shapes are known.

    Sizes that follow from what arrives are those of the data, whatever the text says, and each that differs is noted. A last
    nn.Linear becomes the output. A layer that does not fit the data at all is kept: the network says itself where it clashes.

    Raises:
        SpecError: as `network_from_text`.

    Example:
        >>> text = "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"
        >>> network_for(text, Shape.image(1, 8, 8), Shape.features(10)).notes
        ('Line 1: in_features 784 is replaced by 64, which is what arrives.',)
    """
    source = Text(text)
    calls, matches = _read(source)
    layers, notes = [one.layer for one in matches], _replacements(calls, matches, input_shape)
    if any(one.task_decides for one in torch_layers()[calls[-1].name]):
        notes += _other_answer(calls[-1], layers[-1], output_shape)
        layers[-1] = _output(calls[-1], layers[-1], source)
    return Pasted(_network(layers), tuple(notes))


def _read(source: Text) -> tuple[list[Call], list[Match]]:
    calls = calls_of(source)
    if len(calls) > MAX_LAYERS:
        raise source.refusal(calls[MAX_LAYERS].node, f"layer {MAX_LAYERS + 1}", f"at most {MAX_LAYERS} layers")
    possible, matches = Possible(()), []
    for call in calls:
        matches.append(match(call, possible, source))
        possible = matches[-1].after
    return calls, matches


def _network(layers: Sequence[LayerSpec]) -> NetworkSpec:
    try:
        return NetworkSpec(layers=tuple(layers))
    except ValidationError as error:
        raise SpecError(f"Line 1, column 1: {explain(error)}") from None


def _replacements(calls: Sequence[Call], matches: Sequence[Match], shape: Shape) -> list[str]:
    """A note for every size that is another one here, up to where the network does not fit."""
    notes = []
    for call, one in zip(calls, matches, strict=True):
        try:
            differing = one.replaced(shape)
        except ShapeError:
            break
        for name, (said, here) in differing.items():
            notes.append(f"Line {call.node.lineno}: {name} {said} is replaced by {here}, which is what arrives.")
        shape = one.layer.output_shape(shape)
    return notes


def _other_answer(call: Call, layer: LayerSpec, wanted: Shape) -> list[str]:
    field = type(layer).unit_field
    if getattr(layer, field) == wanted.units:
        return []
    return [f"Line {call.node.lineno}: {field} {getattr(layer, field)} is replaced by {wanted.units}, which is what the task asks for."]


def _output(call: Call, layer: LayerSpec, source: Text) -> LayerSpec:
    """The layer type of the same torch class whose width comes from the task, with that width left open."""
    alike = [one for one in torch_layers()[call.name] if one.task_decides]
    if not alike:
        raise source.refusal(call.node, f"nn.{call.name} at the end", "an nn.Linear, to be the output")
    width = type(layer).unit_field
    kept = {name: getattr(layer, name) for name in alike[0].fields.values() if name != width}
    return alike[0].layer(**kept)
