"""Pictures seen through a moved, turned or enlarged window."""

from __future__ import annotations

import torch
from torch.nn import functional


def warped(x: torch.Tensor, matrices: torch.Tensor) -> torch.Tensor:
    """Pictures (B, C, H, W) resampled between pixels; what comes in from outside is black.

    Args:
        matrices: (B, 2, 3): where each place of the new picture is looked up in the old one, both from -1 to 1 across it.
    """
    if not len(x):
        return x
    grid = functional.affine_grid(matrices.to(x), list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, align_corners=False)


def uniform(n: int, low: float, high: float, rng: torch.Generator) -> torch.Tensor:
    """(n,) numbers between two others."""
    return low + (high - low) * torch.rand(n, generator=rng)


def some(n: int, chance: float, rng: torch.Generator) -> torch.Tensor:
    """bool (n,): each True with this chance."""
    return torch.rand(n, generator=rng) < chance


def window(size: int, length: int, widths: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """bool (size, length): in each row a window of so many places (size,), where is drawn at random."""
    start = (torch.rand(size, generator=rng) * (length - widths + 1)).floor()
    at = torch.arange(length)
    return (at >= start[:, None]) & (at < (start + widths)[:, None])
