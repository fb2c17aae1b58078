"""What attention says about the parts of an input: who looks at whom, layer after layer, and which places the answer reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import nn

from explorer.inspections.attention import kept
from explorer.interpret.subject import Subject
from explorer.layers.pixels_to_sequence import PixelsInARow
from explorer.layers.residual import AddToInput
from explorer.layers.self_attention import Attention
from explorer.layers.stochastic_depth import AddSometimes
from explorer.layers.transformer_block import PreNormBlock

BESIDE = (AddToInput, AddSometimes, PreNormBlock)  # blocks that add what they hold to what came in
KINDS = ("image", "audio", "text", "series")


@dataclass(frozen=True)
class Look:
    """What one attention layer did.

    Attributes:
        weights: (n, heads, steps, steps), each row adding up to 1.
        slopes: of the score for them, of the same shape.
        added: whether the layer's answer is added to what came in.
    """

    weights: torch.Tensor
    slopes: torch.Tensor
    added: bool


def lacks_attention(subject: Subject) -> str:
    """Why the looks of a network cannot be followed back to its input, in a sentence; "" where they can."""
    there = attentions(subject.answer)
    if not there:
        return "This network has no attention layer of this program's, in which steps look at each other."
    calls: list[tuple[nn.Module, int, int]] = []
    handles = [one.register_forward_pre_hook(lambda module, given: calls.append((module, len(given), given[0].shape[1]))) for one in there]
    try:
        with torch.no_grad():
            subject.answer(subject.x[:1])
    finally:
        for handle in handles:
            handle.remove()
    if any(given > 1 for _, given, _ in calls):
        return "Its attention asks a memory of its own, so that looks cannot be followed from layer to layer back to the input."
    if len(calls) != len(there):
        return "One of its attention layers is not used once in one pass, so that looks cannot be followed from layer to layer."
    lengths = {steps for _, _, steps in calls}
    if len(lengths) > 1 or spread_over(subject, min(lengths)) is None:
        return f"Its attention looks at {' and '.join(map(str, sorted(lengths)))} steps, which are not the steps or patches of the input."
    return ""


def attentions(answer: nn.Module) -> list[Attention]:
    """The attention layers of a network, in forward order."""
    return [module for module in answer.modules() if isinstance(module, Attention)]


def looks(subject: Subject, x: torch.Tensor, target: int) -> tuple[list[Look], torch.Tensor]:
    """What every attention layer did for inputs `x` (n, *shape), in forward order, and which places the answer reads.

    Returns:
        Looks; and (n, steps), 1 divided by how many are read for those that are, 0 for the others.
    """
    layers, given = attentions(subject.answer), list[torch.Tensor]()
    beside = {module for block in subject.answer.modules() if isinstance(block, BESIDE) for module in block.modules()}
    with ExitStack() as stack, torch.enable_grad():
        for layer in layers:
            stack.enter_context(kept(layer, through=True))
        handle = layers[-1].register_forward_hook(lambda _module, _inputs, output: given.append(output))
        stack.callback(handle.remove)
        score = subject.answer(x)[:, target].sum()
        weights = [layer.weights for layer in layers if layer.weights is not None]
        *slopes, last = torch.autograd.grad(score, [*weights, given[0]], allow_unused=True)
    read = (last.abs().sum(-1) > 0).float() if last is not None else torch.zeros(given[0].shape[:2])
    found = zip(layers, weights, slopes, strict=True)
    return [Look(w.detach(), torch.zeros_like(w) if g is None else g, layer in beside) for layer, w, g in found], _shares(read)


def _shares(read: torch.Tensor) -> torch.Tensor:
    return read / read.sum(1, keepdim=True).clamp(min=1)


def spread_over(subject: Subject, steps: int) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """How numbers (n, steps) become numbers for inputs (n, *shape); None where steps and inputs have nothing to do with each other."""
    sizes = tuple(subject.x.shape[1:])
    if subject.kind in ("text", "series"):
        return (lambda values: _expanded(values, sizes)) if steps == sizes[0] else None
    if any(isinstance(module, PixelsInARow) for module in subject.answer.modules()):
        grid = next(_grids(steps, *sizes[-2:]), None)
        return grid and (lambda values: nn.functional.interpolate(values.unflatten(1, (1, *grid)), sizes[-2:]).expand(-1, *sizes))
    return (lambda values: values[:, None, :, None].expand(-1, *sizes)) if steps == sizes[-2] else None


def _expanded(values: torch.Tensor, sizes: tuple[int, ...]) -> torch.Tensor:
    return values.reshape(*values.shape, *[1] * (len(sizes) - 1)).expand(-1, *sizes)


def _grids(steps: int, high: int, wide: int) -> Iterator[tuple[int, int]]:
    """Rows and columns of patches of a picture's proportions."""
    return (
        (rows, steps // rows) for rows in range(1, steps + 1) if rows * (steps // rows) == steps and rows * wide == steps // rows * high
    )
