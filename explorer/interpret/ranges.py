"""How far the numbers of inputs go among training examples, and what they are in their own units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.interpret.groups import two_valued
from explorer.interpret.subject import Subject

LOOKED_AT = 200  # examples from which units are learnt
SAME = 1e-3  # of the spread: numbers that lie this close to a straight line lie on it


@dataclass(frozen=True)
class Ranges:
    """The smallest and the largest each number of an input may be, both (*shape), and which may be moved at all, bool (*shape)."""

    low: torch.Tensor
    high: torch.Tensor
    free: torch.Tensor

    def shares(self, x: torch.Tensor) -> torch.Tensor:
        """Inputs (n, *shape) as shares of the ranges, 0 to 1."""
        span = self.high - self.low
        return torch.where(span > 0, (x - self.low) / span.clamp_min(1e-30), torch.zeros_like(x))

    def inputs(self, shares: torch.Tensor) -> torch.Tensor:
        """The inverse of `shares`."""
        return self.low + shares * (self.high - self.low)


def ranges_of(subject: Subject, x: torch.Tensor) -> Ranges:
    """Ranges among training examples and the inputs `x` (n, *shape): of all pixels, of each column, of each feature of a series.

    What is always the same, and columns of nothing but yes and no, are not free.
    """
    seen = torch.cat([subject.background, x])
    axes = {"image": None, "audio": None, "series": (0, 1)}.get(subject.kind, (0,))
    low, high = (seen.amin(axes), seen.amax(axes)) if axes else (seen.min(), seen.max())
    low, high = (end.expand(x.shape[1:]).contiguous() for end in (low, high))
    free = high > low
    if subject.kind == "table":
        free = free & torch.tensor([not two_valued(subject, at) for at in range(x.shape[1])])
    return Ranges(low, high, free)


def own_units(subject: Subject, x: np.ndarray) -> np.ndarray:
    """Inputs (n, *shape) as the network is fed them -> in their own units, as `subject.raw` has them."""
    known, raw = subject.x[:LOOKED_AT].cpu().numpy(), subject.raw[:LOOKED_AT]
    if raw.shape != known.shape:
        return x
    if subject.kind in ("image", "audio"):
        return translated(known.ravel(), raw.ravel(), x.ravel()).reshape(x.shape)
    columns = [translated(known[..., at].ravel(), raw[..., at].ravel(), x[..., at].ravel()) for at in range(x.shape[-1])]
    return np.stack(columns, -1).reshape(x.shape)


def translated(known: np.ndarray, raw: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`values` as `raw` would have them, of which (n,) the numbers `known` (n,) were made: by a straight line if they lie on one."""
    first, last = int(known.argmin()), int(known.argmax())
    if known[first] == known[last]:
        return values - known[first] + raw[first]
    slope = (raw[last] - raw[first]) / (known[last] - known[first])
    straight = raw[first] + (known - known[first]) * slope
    if np.abs(straight - raw).max() <= SAME * max(np.ptp(raw), 1e-30):
        return raw[first] + (values - known[first]) * slope
    order = np.argsort(known, kind="stable")
    return np.interp(values, known[order], raw[order])
