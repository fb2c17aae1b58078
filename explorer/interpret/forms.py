"""Inputs of what was not built here: what kind they are, and how they look there and here.

Decided: here a picture is (channels, height, width) and a series (time, features), whatever the model wants; a `Form` goes between.
Because: every method and every drawing then knows one order of the axes only.
Instead of: methods that ask where the channels are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.interpret.subject import InputKind

AXES: dict[InputKind, tuple[str, ...]] = {
    "image": ("channels", "height", "width"),
    "audio": ("channels", "height", "width"),
    "table": ("features",),
    "points": ("features",),
    "series": ("time", "features"),
    "text": ("time",),
}
COLOURS = (1, 3, 4)  # channels that pictures have
Change = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Form:
    """How inputs look here, and how they are given back.

    Attributes:
        kind: of the inputs.
        here: inputs as they came (n, ...) -> (n, *shape) with the axes of `kind`.
        there: the inverse.
    """

    kind: InputKind
    here: Change
    there: Change


def numbers(inputs: Any) -> torch.Tensor:
    """Inputs as a tensor (n, ...): float32, or int64 where they are whole numbers. Raises SpecError."""
    array = inputs.detach() if isinstance(inputs, torch.Tensor) else _array(inputs)
    if array.ndim < 2:
        raise SpecError(f"The inputs have the shape {tuple(array.shape)}; the first axis has to count examples. For one example: x[None].")
    if not array.numel():
        raise SpecError(f"The inputs have the shape {tuple(array.shape)}, which holds nothing. Give at least one example.")
    if array.is_complex():
        raise SpecError("The inputs are complex numbers. Give their sizes and angles as numbers of their own.")
    if not array.is_floating_point():
        return array.float() if array.dtype == torch.bool else array.long()
    bad = ~array.isfinite().flatten(1).all(1)
    if bool(bad.any()):
        first = int(bad.nonzero()[0, 0])
        raise SpecError(f"{int(bad.sum())} of {len(array)} inputs hold numbers that are not finite, example {first} first. Fill them in.")
    return array.float()


def _array(inputs: Any) -> torch.Tensor:
    try:
        array = np.asarray(inputs)
        if array.dtype.kind in "biufc":
            return torch.from_numpy(np.array(array, order="C"))
    except (ValueError, TypeError) as error:
        raise SpecError(
            f"The inputs cannot be made an array: {str(error)[:200]}. Give an array whose first axis counts examples."
        ) from None
    raise SpecError(f"The inputs hold {array.dtype} and no numbers. Turn words into numbers, the way the model takes them.")


def form_of(x: torch.Tensor, model: Any, kind: InputKind | None, shape: tuple[int, ...] | None) -> Form:
    """The form of inputs (n, ...) of this model.

    Args:
        x: as `numbers` gives them.
        model: a module, or a function.
        kind: what a person says they are; None: guessed.
        shape: of one picture as it is to be seen (channels, height, width), where the model wants it in one row.

    Raises:
        SpecError: inputs of this kind have other axes.
    """
    kind = kind or _guess(x, model)
    if kind not in AXES:
        raise SpecError(f"kind: there is no kind of input named {str(kind)[:40]!r}. There are: {', '.join(AXES)}.")
    if kind in ("image", "audio"):
        return _picture(x, kind, shape)
    if kind == "series" and _channels_first(x, model):
        return Form(kind, lambda x: x.mT.contiguous(), lambda x: x.mT)
    if x.ndim != 1 + len(AXES[kind]):
        raise SpecError(f"Inputs of the kind {kind!r} have the axes (examples, {', '.join(AXES[kind])}), and these are {tuple(x.shape)}.")
    if kind == "text" and (x.is_floating_point() or int(x.min()) < 0):
        raise SpecError("Inputs of the kind 'text' are token numbers, whole and not below 0.")
    return Form(kind, _same if kind == "text" else _float, _same)


def _guess(x: torch.Tensor, model: Any) -> InputKind:
    """By the axes; whole numbers are tokens where an embedding takes them."""
    if x.ndim == 2:
        embeds = isinstance(model, nn.Module) and any(isinstance(part, (nn.Embedding, nn.EmbeddingBag)) for part in model.modules())
        return "text" if embeds and not x.is_floating_point() else "table"
    if x.ndim in (3, 4):
        return "series" if x.ndim == 3 else "image"
    raise SpecError(
        f"The inputs have the shape {tuple(x.shape)}: rows (n, features), tokens (n, time), series (n, time, features) and pictures "
        "(n, channels, height, width) can be explained."
    )


def _picture(x: torch.Tensor, kind: InputKind, shape: tuple[int, ...] | None) -> Form:
    sizes = tuple(x.shape[1:])
    if len(sizes) == 3 and shape in (None, sizes):
        last = sizes[2] in COLOURS and sizes[0] not in COLOURS
        return Form(kind, lambda x: x.float().movedim(3, 1).contiguous(), lambda x: x.movedim(1, 3)) if last else Form(kind, _float, _same)
    seen = shape or ((1, *sizes) if len(sizes) == 2 else _square(sizes[0]))
    if len(seen) != 3 or int(np.prod(seen)) != x[0].numel():
        raise SpecError(f"shape: a picture is (channels, height, width), and {tuple(seen)} does not hold inputs of {sizes}.")
    return Form(kind, lambda x: x.float().reshape(len(x), *seen), lambda x: x.reshape(len(x), *sizes))


def _square(count: int) -> tuple[int, int, int]:
    side = round(count**0.5)
    if side * side != count:
        raise SpecError(f"Inputs of {count} numbers are no square picture. Say shape=(channels, height, width).")
    return 1, side, side


def _channels_first(x: torch.Tensor, model: Any) -> bool:
    """Whether series are (features, time) to this model, as convolutions along time want them."""
    if not isinstance(model, nn.Module) or x.ndim != 3:
        return False
    first = next((part for part in model.modules() if isinstance(part, (nn.Conv1d, nn.RNNBase, nn.TransformerEncoderLayer))), None)
    return isinstance(first, nn.Conv1d) and first.in_channels == x.shape[1] != x.shape[2]


def _same(x: torch.Tensor) -> torch.Tensor:
    return x


def _float(x: torch.Tensor) -> torch.Tensor:
    return x.float()
