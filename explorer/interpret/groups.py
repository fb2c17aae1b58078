"""Parts of an input that are taken away together: squares of a picture, words, columns, stretches of a series."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import Field

from explorer.interpret.subject import Subject

MOST_PARTS = 64  # that are made of a picture or a series unless told otherwise
MARK = ": "  # between the name of a column and one of its words, where a column of words has become columns of 0 and 1


def patch_field() -> Any:
    """The field that says how large such parts are."""
    return Field(
        0,
        ge=0,
        le=64,
        description="side of the squares that are taken from a picture, or steps from a series: larger is faster and coarser; "
        f"0: so large that there are at most {MOST_PARTS}",
    )


def suiting(subject: Subject) -> int:
    """The smallest such size that leaves at most `MOST_PARTS` parts, where parts have a size: pictures, sounds and series."""
    sizes = tuple(subject.x.shape[1:])
    for patch in range(1, max(sizes) + 1):
        parts = -(-sizes[1] // patch) * -(-sizes[2] // patch) if subject.kind in ("image", "audio") else -(-sizes[0] // patch) * sizes[-1]
        if parts <= MOST_PARTS:
            return patch
    return max(sizes)


def grouped(subject: Subject, patch: int = 1) -> torch.Tensor:
    """Number of the part each place of an input belongs to, int64 (*shape), counted from 0.

    Squares of a picture hold all its channels; a stretch of a series holds `patch` steps of one feature; columns made of one
    column of words belong together; every token stands for itself. A patch of 0 is one that suits.
    """
    patch = patch or suiting(subject)
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
    """Columns "port: Cherbourg" and "port: Queenstown" of two different numbers alone are one part."""
    seen: dict[str, int] = {}
    numbers = []
    for at in range(count):
        name = column_name(subject, at)
        whose = name.partition(MARK)[0] if MARK in name and two_valued(subject, at) else name
        numbers.append(seen.setdefault(whose, len(seen)))
    return torch.tensor(numbers)


def column_name(subject: Subject, at: int) -> str:
    """Of a column of a table, or a coordinate."""
    return subject.names[at] if at < len(subject.names) else f"column {at}"


def two_valued(subject: Subject, at: int) -> bool:
    """Whether a column holds nothing but yes and no, whatever numbers stand for them; of two examples alone, only 0 and 1 do."""
    seen = subject.background[:, at].unique()
    said = len(subject.background) > 2 or bool(((seen == 0) | (seen == 1)).all())
    return len(subject.background) > 0 and len(seen) <= 2 and said
