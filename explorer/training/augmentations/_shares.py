"""How much of each of two examples goes into a mixture."""

from __future__ import annotations

import torch


def beta(alpha: float, rng: torch.Generator) -> float:
    """A number from 0 to 1 of the distribution Beta(alpha, alpha), drawn from `rng` alone.

    Source: Johnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", 1964: of two powers of uniform numbers whose
    sum is at most 1, the share of the first.
    """
    while True:
        first, second = torch.rand(2, generator=rng, dtype=torch.float64).log().div(alpha)  # logarithms of the powers
        if torch.logaddexp(first, second) <= 0:
            return float((first - torch.logaddexp(first, second)).exp())
