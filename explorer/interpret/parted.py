"""What the methods that take parts away share: how many rows go through at once, whose a number is, fitting a linear model."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch
from captum._utils.models.model import Model
from torch.utils.data import DataLoader

from explorer.interpret.groups import grouped
from explorer.interpret.subject import InputKind, Subject

ROOM = 2**22  # numbers that are held at once in the inputs that are made
WHOLE: dict[InputKind, tuple[str, str]] = {  # parts of several places, and what their places are
    "image": ("a whole square", "pixels"),
    "audio": ("a whole square of the picture of the sound", "places"),
    "series": ("a whole stretch of time", "steps"),
    "table": ("a whole column of words, where it is of one", "columns of 0 and 1"),
}
FREE = "The numbers need not add up to anything."


def repeated(subject: Subject, patch: int) -> str:
    """How `given` gives the number of a part to its places, in sentences."""
    return f"{_given(subject, patch, 'divided among' if subject.kind == 'table' else 'repeated at')} {FREE}".lstrip()


def divided(subject: Subject, patch: int) -> str:
    """How the number of a part is given to its places, in a sentence: divided among them. "" where every part is a single place."""
    return _given(subject, patch, "divided among")


def _given(subject: Subject, patch: int, how: str) -> str:
    groups = grouped(subject, patch)
    if int(groups.max()) + 1 == groups.numel():
        return ""
    whole, places = WHOLE[subject.kind]
    return f"It belongs to {whole}, and is {how} its {places}."


def at_once(subject: Subject, x: torch.Tensor, most: int) -> int:
    """How many changed copies of inputs `x` (n, *shape) go through together: not more than `most`, than fit, and at least 1."""
    rows = min(subject.piece, max(ROOM // x[0].numel(), 1))
    return max(min(rows // len(x), most), 1)


def given(subject: Subject, values: torch.Tensor, groups: torch.Tensor) -> torch.Tensor:
    """Numbers of whole parts, repeated at their places (n, *shape); in a table, where places of one part are added up again, divided."""
    return shared_out(values, groups) if subject.kind == "table" else values


def shared_out(values: torch.Tensor, groups: torch.Tensor) -> torch.Tensor:
    """Numbers of whole parts, repeated at their places (n, *shape), divided among them, so that their sum stays true."""
    sizes = groups.flatten().bincount()
    return values / sizes[groups].to(values)


def subsets(parts: int, wanted: int) -> int:
    """How many subsets of the parts are asked about: so many, or all there are."""
    return 2**parts if parts < 30 and 2**parts <= wanted else wanted


def every_subset(_input: torch.Tensor, *, num_interp_features: int, **_others: Any) -> Generator[torch.Tensor]:
    """All subsets of the parts, each once: (1, parts) of 0 and 1."""
    places = torch.arange(num_interp_features)
    for number in range(2**num_interp_features):
        yield ((number >> places) & 1)[None]


class Fitted(Model):
    """A linear model with an intercept that fits weighted examples best; of several that do, the one of the smallest weights."""

    def __init__(self) -> None:
        self._weights = torch.zeros(0)

    def fit(self, train_data: DataLoader, **kwargs: object) -> None:
        """Fit to the one batch of rows (n, features), answers (n,) and weights (n,), with double precision."""
        rows, answers, weights = (part.double().cpu() for part in next(iter(train_data)))
        root = weights.sqrt()[:, None]
        inputs = torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], 1)
        found = torch.linalg.lstsq(inputs * root, answers[:, None] * root, driver="gelsd").solution
        self._weights = found[:-1, 0].float()

    def representation(self) -> torch.Tensor:
        return self._weights

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self._weights
