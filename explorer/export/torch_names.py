"""Which layers of the catalogue are torch modules of their own, and which field each argument of those is.

Decided: every layer is built on a few shapes and looked at.
Because: a new layer can then be pasted without a line here.
Instead of: a table of names, or a class variable that every layer would have to state.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from explorer.errors import ShapeError
from explorer.experiment import LAYERS, LayerSpec
from explorer.export.modules import UNBUILDABLE, all_arguments, collapsed, handed_to, is_torch
from explorer.results.shape import Shape

SHAPES = (Shape.features(6), Shape.image(6, 36, 36), Shape.sequence(12, 6), Shape.tokens(12, 6))


@dataclass(frozen=True)
class TorchLayer:
    """A layer type that builds a module of torch.nn.

    Attributes:
        layer: the record's class.
        module: torch's class.
        fields: argument of the module -> field of the record.
        task_decides: its width comes from the task.
    """

    layer: type[LayerSpec]
    module: type[nn.Module]
    fields: dict[str, str]
    task_decides: bool


@functools.cache
def torch_layers() -> dict[str, tuple[TorchLayer, ...]]:
    """Name of a class in torch.nn -> the layers that build it, those whose width is their own first."""
    found: dict[str, list[TorchLayer]] = {}
    for cls in LAYERS.values():
        with torch.device("meta"):
            learned = _learned(cls)
        if learned:
            found.setdefault(learned.module.__name__, []).append(learned)
    return {name: tuple(sorted(layers, key=lambda one: one.task_decides)) for name, layers in found.items()}


def _learned(cls: type[LayerSpec]) -> TorchLayer | None:
    example = cls().resolved(Shape.features(3))
    shape = next((shape for shape in SHAPES if fits(example, shape)), None)
    module = None if shape is None or example.bodies() else handed_to(example.build(shape))
    if shape is None or module is None or not is_torch(module) or type(module) is nn.Sequential:
        return None
    fields = {}
    for field in set(cls.model_fields) - {"id"}:
        argument = field if field in all_arguments(module) else _follower(example, field, shape)
        if argument:
            fields[argument] = field
    return TorchLayer(cls, type(module), fields, cls.resolved is not LayerSpec.resolved)


def _follower(layer: LayerSpec, field: str, shape: Shape) -> str:
    """The argument that has the value of the field, whatever that is; "" if none has."""
    names: set[str] = set()
    for value in (1, 2, 3):
        other = layer.model_copy(update={field: value})
        if not isinstance(getattr(layer, field), int) or not fits(other, shape):
            return ""
        try:
            known = all_arguments(handed_to(other.build(shape)))
        except UNBUILDABLE:
            return ""
        same = {name for name, given in known.items() if collapsed(given) == value}
        names = same if value == 1 else names & same
    return min(names, default="")


def fits(layer: LayerSpec, shape: Shape) -> bool:
    """Whether the layer takes this shape."""
    try:
        layer.output_shape(shape)
    except ShapeError:
        return False
    return True


def arguments_in_words(layers: tuple[TorchLayer, ...]) -> str:
    """The arguments that can be chosen, for an error."""
    names: dict[str, Any] = {name: None for layer in layers for name in layer.fields}
    return ", ".join(sorted(names)) or "none"
