"""What an input is compared with: an input that says nothing."""

from __future__ import annotations

from typing import Any, Literal

import torch
from pydantic import Field
from torch.nn import functional

from explorer.interpret.subject import Subject

Baseline = Literal["zeros", "mean", "blurred"]
BLUR = 0.25  # of the shorter side: how far a blur reaches
WORDS = {
    "zeros": "an input of zeros",
    "mean": "the mean of the training examples",
    "blurred": "the same input, blurred",
}
TOKENS = {"zeros": "vectors of zeros in the place of the tokens", "mean": "the mean vector of the training examples' tokens"}


def baseline_field() -> Any:
    """The field that names the baseline."""
    return Field(
        "zeros",
        description="what the input is compared with: zeros, the mean of the training examples, or itself blurred (pictures and series)",
    )


def smooth_baseline(subject: Subject, x: torch.Tensor, name: str) -> torch.Tensor:
    """What smooth inputs made of `x` (n, *shape) are compared with, of their shape."""
    z = subject.smooth(x)
    if subject.compared is not None:
        return subject.smooth(subject.compared[None]).expand_as(z).contiguous()
    if name == "mean":
        seen = subject.smooth(subject.background)
        return (seen.mean(0, keepdim=True) if subject.entry is None else seen.mean((0, 1), keepdim=True)).expand_as(z).contiguous()
    return _blurred(subject, z) if name == "blurred" and subject.entry is None else torch.zeros_like(z)


def raw_baseline(subject: Subject, x: torch.Tensor, name: str) -> torch.Tensor:
    """What inputs `x` (n, *shape) are compared with, of their shape: of tokens the blank one, whatever is named."""
    if subject.compared is None and subject.vocabulary:
        return torch.full_like(x, subject.blank)
    return smooth_baseline(subject, x, name) if subject.compared is None else subject.compared.expand_as(x).contiguous()


def said(subject: Subject, name: str, raw: bool = False) -> str:
    """A baseline in words."""
    if subject.compared is not None:
        return "the input that was given to compare with"
    if subject.vocabulary and raw:
        return f"the token {subject.vocabulary[subject.blank]!r} in the place of every other"
    if subject.entry is not None:
        return TOKENS["mean" if name == "mean" else "zeros"]
    if name == "zeros" and subject.standardised:
        return f"{WORDS[name]} (each {'feature' if subject.kind == 'series' else 'column'} at its mean)"
    return WORDS[name if name != "blurred" or subject.kind in ("image", "audio", "series") else "zeros"]


def _blurred(subject: Subject, x: torch.Tensor) -> torch.Tensor:
    """Means over neighbourhoods; what has no neighbourhoods becomes zeros."""
    if subject.kind in ("image", "audio"):
        reach = max(int(BLUR * min(x.shape[-2:])), 1)
        return functional.avg_pool2d(x, 2 * reach + 1, 1, reach, count_include_pad=False)
    if subject.kind == "series":
        reach = max(int(BLUR * x.shape[1]), 1)
        return functional.avg_pool1d(x.mT, 2 * reach + 1, 1, reach, count_include_pad=False).mT.contiguous()
    return torch.zeros_like(x)


def background(subject: Subject, x: torch.Tensor, most: int) -> torch.Tensor:
    """Several inputs to compare smooth inputs made of `x` with: as many of the training examples, (k, ...); zeros where there are none."""
    if subject.compared is not None or not len(subject.background):
        return smooth_baseline(subject, x[:1], "zeros")
    return subject.smooth(subject.background[:most])


def said_background(subject: Subject, most: int) -> str:
    """Those in words."""
    if subject.compared is not None or not len(subject.background):
        return said(subject, "zeros")
    count = min(most, len(subject.background))
    return f"{count} training examples, the mean of all comparisons" if count > 1 else "one training example"
