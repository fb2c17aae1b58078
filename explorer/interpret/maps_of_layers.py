"""Layers whose units lie side by side as the parts of the input do, and what they show laid over it."""

from __future__ import annotations

import torch
from captum.attr import LayerAttribution
from torch import nn

from explorer.errors import SpecError
from explorer.interpret.bends import way
from explorer.interpret.subject import Subject

PICTURES = (nn.Conv2d, nn.ConvTranspose2d)
NONE = "This network has no convolution whose units lie side by side as the parts of the input do."


def mapped(subject: Subject) -> dict[str, nn.Module]:
    """Name of a layer -> the module in it that gives maps (n, maps, height, width) or (n, maps, steps), in forward order."""
    there = {name: _giving(subject, layer) for name, layer in subject.layers.items()}
    order = {module: at for at, module in enumerate(way(subject).calls)}
    return dict(sorted(((name, module) for name, module in there.items() if module is not None), key=lambda item: order[item[1]]))


def map_layer(subject: Subject) -> nn.Module:
    """The module that is looked at: of the layer that is chosen, else of the last. Raises SpecError."""
    there = mapped(subject)
    if not there:
        raise SpecError(NONE)
    if subject.chosen and subject.chosen not in there:
        raise SpecError(f"There is no convolution named {subject.chosen!r} here. There are: {', '.join(there)}.")
    return there[subject.chosen or list(there)[-1]]


def laid_over(subject: Subject, values: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """A map (n, 1, height, width) or (n, 1, steps) stretched over inputs `x`, of their shape; channels and features get the same."""
    if subject.kind in ("image", "audio"):
        return LayerAttribution.interpolate(values, tuple(x.shape[2:]), "bilinear").expand_as(x)
    stretched = nn.functional.interpolate(values, x.shape[1], mode="linear")[:, 0]  # (n, T)
    return stretched.reshape(*stretched.shape, *[1] * (x.dim() - 2)).expand_as(x)


def _giving(subject: Subject, layer: nn.Module) -> nn.Module | None:
    found = way(subject)
    if subject.kind in ("image", "audio"):
        module, sizes = layer, 4
        holds = any(isinstance(inner, PICTURES) for inner in layer.modules())
    else:
        inside = list(layer.children())
        module, sizes = inside[0] if len(inside) == 1 else layer, 3
        holds = isinstance(module, nn.Conv1d)
    shape = found.shapes.get(module, ())
    return module if holds and found.calls[module] == 1 and len(shape) == sizes and max(shape[2:]) > 1 else None
