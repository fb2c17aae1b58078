"""Which layer of the catalogue a call of torch.nn is, and whether its sizes fit what comes before."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import ValidationError

from explorer.errors import ExplorerError, ShapeError
from explorer.experiment import explain
from explorer.experiment.network import LayerSpec
from explorer.export.calls import Call, Text
from explorer.export.modules import ELSEWHERE, UNBUILDABLE, all_arguments, collapsed, difference, handed_to, made, parameters_of
from explorer.export.torch_names import SHAPES, TorchLayer, arguments_in_words, torch_layers
from explorer.results.shape import Shape

SIDES = ((64, 64), (61, 47))  # height and width are never in the text: what is alike for both images is known


@dataclass(frozen=True)
class Possible:
    """The shapes that can arrive at a place of the text, as far as it tells; none while nothing is known.

    Several differ in what the text leaves open, the height and width of an image.
    """

    shapes: tuple[Shape, ...]

    @property
    def units_known(self) -> bool:
        """Whether all agree on how many features or channels arrive."""
        return len({(shape.axes[shape.unit_axis], shape.units) for shape in self.shapes}) == 1


@dataclass(frozen=True)
class Match:
    """The layer that a call stands for.

    Attributes:
        layer: its record.
        given: arguments of the text that no field holds, such as in_features: they follow from what arrives.
        after: the shapes behind it.
    """

    layer: LayerSpec
    given: dict[str, Any]
    after: Possible

    def replaced(self, shape: Shape) -> dict[str, tuple[Any, Any]]:
        """Argument name -> (what the text says, what it is here), where `shape` arrives and makes another. Raises ShapeError."""
        self.layer.output_shape(shape)
        with torch.device("meta"):
            here = all_arguments(handed_to(self.layer.build(shape)))
        pairs = {name: (collapsed(value), collapsed(here.get(name, value))) for name, value in self.given.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def match(call: Call, before: Possible, source: Text) -> Match:
    """The layer for a call, where `before` can arrive.

    Raises:
        SpecError: torch or the catalogue has no such layer, or its sizes clash with the layers before it.
    """
    refused = ""
    for candidate in torch_layers()[call.name]:
        arguments = _bound(call, candidate, source)
        layer = _record(call, candidate, arguments, source)
        wanted = _made(call, candidate, arguments, source)
        arriving = before.shapes if before.units_known else _guessed(arguments)
        fitting = tuple(shape for shape in arriving if not _misfit(layer, shape, wanted))
        if fitting:
            told = before.units_known or Possible(fitting).units_known
            given = {name: value for name, value in arguments.items() if name not in candidate.fields}
            return Match(layer, given, Possible(tuple(layer.output_shape(shape) for shape in fitting) if told else ()))
        refused = refused or _why(layer, before, arriving, wanted)
    raise source.refusal(call.node, source.quoted(call.node), refused)


def _bound(call: Call, candidate: TorchLayer, source: Text) -> dict[str, Any]:
    """Argument name -> value as given, without those that do not change a number."""
    parameters = parameters_of(candidate.module, ELSEWHERE)
    unknown = next((name for name in call.named if name not in parameters), "")
    if unknown:
        of = f"of nn.{call.name} only {', '.join(parameters_of(candidate.module)) or 'none'}"
        raise source.refusal(call.node, f"the argument {unknown[:40]}", of)
    signature = inspect.Signature([p.replace(kind=p.POSITIONAL_OR_KEYWORD, annotation=p.empty) for p in parameters.values()])
    try:
        bound = dict(signature.bind(*call.positional, **call.named).arguments)
        return {name: value for name, value in bound.items() if name != "inplace"}
    except TypeError as error:
        raise source.refusal(call.node, f"{source.quoted(call.node)} ({error})", f"nn.{call.name}{signature}") from None


def _record(call: Call, candidate: TorchLayer, arguments: dict[str, Any], source: Text) -> LayerSpec:
    """The layer's record, with torch's own defaults where the text gives none."""
    parameters, fields = parameters_of(candidate.module), {}
    for argument, field in candidate.fields.items():
        value = collapsed(arguments.get(argument, parameters[argument].default))
        if value is not None and value is not inspect.Parameter.empty:
            fields[field] = value
    try:
        return candidate.layer.model_validate(fields)
    except ValidationError as error:
        can = f"values a {candidate.layer.title()} can have: {explain(error)[:-1]}"
        raise source.refusal(call.node, source.quoted(call.node), can) from None


def _made(call: Call, candidate: TorchLayer, arguments: dict[str, Any], source: Text) -> torch.nn.Module:
    parameters = parameters_of(candidate.module)
    for name in arguments.keys() - candidate.fields.keys():
        sizes = arguments[name] if isinstance(arguments[name], tuple) else (arguments[name],)
        if parameters[name].default is inspect.Parameter.empty and not all(type(size) is int and size > 0 for size in sizes):
            raise source.refusal(call.node, f"{name}={arguments[name]!r}", "a whole number of at least 1")
    try:
        return made(candidate.module, arguments)
    except UNBUILDABLE as error:
        raise source.refusal(call.node, f"{source.quoted(call.node)} ({str(error)[:80]})", "arguments that torch can build") from None


def _guessed(arguments: dict[str, Any]) -> tuple[Shape, ...]:
    """Shapes that could arrive where nothing is known: every size in the arguments may be that of the input."""
    shapes: list[Shape] = []
    for value in arguments.values():
        for size in value if isinstance(value, tuple) else (value,):
            if type(size) is int and size > 0:
                shapes += [
                    Shape.features(size),
                    *(Shape.image(size, *sides) for sides in SIDES),
                    Shape.sequence(12, size),
                    Shape.tokens(12, size),
                ]
        if isinstance(value, tuple) and len(value) == 3 and all(type(size) is int and size > 0 for size in value):
            shapes.append(Shape.image(*value))
    return (*shapes, *SHAPES)


def _misfit(layer: LayerSpec, shape: Shape, wanted: torch.nn.Module) -> str:
    """What differs between the layer on this shape and the text; "" if nothing does."""
    try:
        layer.output_shape(shape)
        with torch.device("meta"):
            return difference(handed_to(layer.build(shape)), wanted)
    except (ExplorerError, *UNBUILDABLE) as error:
        return str(error) or "shape"


def _why(layer: LayerSpec, before: Possible, arriving: tuple[Shape, ...], wanted: torch.nn.Module) -> str:
    """What is expected instead, in words."""
    known = before.shapes if before.units_known else ()
    for shape in known or arriving:
        try:
            layer.output_shape(shape)
        except ShapeError as error:
            if known:
                return f"a layer that fits what comes before it. {str(error)[:-1]}"
            continue
        with torch.device("meta"):
            built = handed_to(layer.build(shape))
        name = difference(built, wanted)
        ours, given = all_arguments(built), all_arguments(wanted)
        clash = next((key for key in ours if collapsed(ours[key]) != collapsed(given.get(key))), name)
        if known or clash not in ("in_features", "in_channels"):
            came = f", for the layers before it give {shape.axes[shape.unit_axis]} {shape.units}" if known else ""
            return f"{clash}={collapsed(ours.get(clash))!r}{came}"
    return f"only {arguments_in_words(torch_layers()[type(wanted).__name__])} to differ from torch's defaults"
