"""Parts of an input that are taken away together: squares of a picture, words, columns, stretches of a series."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import Field

from explorer.interpret.subject import Subject

MARK = ": "  # between the name of a column and one of its words, where a column of words has become columns of 0 and 1


def patch_field(default: int) -> Any:
    """The field that says how large such parts are."""
    return Field(
        default,
        ge=1,
        le=64,
        description="side of the squares that are taken from a picture, or steps from a series: larger is faster and coarser",
    )


def grouped(subject: Subject, patch: int = 1) -> torch.Tensor:
    """Number of the part each place of an input belongs to, int64 (*shape), counted from 0.

    Squares of a picture hold all its channels; a stretch of a series holds `patch` steps of one feature; columns made of one
    column of words belong together; every token stands for itself.
    """
    sizes = tuple(subject.x.shape[1:])
    if subject.kind in ("image", "audio"):
        _, high, wide = sizes
        across = -(-wide // patch)
        rows, columns = torch.arange(high) // patch, torch.arange(wide) // patch
        return (rows[:, None] * across + columns[None, :]).expand(sizes).contiguous()
    if subject.kind == "series":
        steps, features = sizes
        stretches = torch.arange(steps) // patch
        return stretches[:, None] * features + torch.arange(features)[None, :]
    if subject.kind == "table":
        return _columns(subject, sizes[0])
    return torch.arange(subject.x[0].numel()).reshape(sizes)


def _columns(subject: Subject, count: int) -> torch.Tensor:
    """Columns "port: Cherbourg" and "port: Queenstown" of 0 and 1 alone are one part."""
    seen: dict[str, int] = {}
    said = (
        ((subject.background == 0) | (subject.background == 1)).all(0) if len(subject.background) else torch.zeros(count, dtype=torch.bool)
    )
    numbers = []
    for at in range(count):
        name = subject.names[at] if at < len(subject.names) else f"column {at}"
        whose = name.partition(MARK)[0] if MARK in name and bool(said[at]) else name
        numbers.append(seen.setdefault(whose, len(seen)))
    return torch.tensor(numbers)
