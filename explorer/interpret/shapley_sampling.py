from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from captum.attr import ShapleyValueSampling as Sampled
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, raw_baseline, said
from explorer.interpret.chance import drawn, seed_field
from explorer.interpret.groups import grouped, patch_field
from explorer.interpret.parted import at_once, divided, shared_out
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("shapley_sampling")
class ShapleySampling(Map):
    """Builds the input up from nothing in random orders, and gives each part the mean of what the answer gains as it comes.

    Every order is also gone backwards, so that two parts that only work together share equally at once; of few parts all orders are
    gone. The numbers add up to the score less the baseline's, whatever the orders.
    Source: Castro et al., "Polynomial Calculation of the Shapley Value Based on Sampling", 2009; Mitchell et al., "Sampling
    Permutations for Shapley Value Estimation", 2022.
    """

    group: ClassVar[str] = "Taking away"
    label: ClassVar[str] = "Shapley values"
    perturbs: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is what this part adds to the score, the mean over orders in which parts come."

    baseline: Baseline = baseline_field()
    orders: int = Field(24, ge=2, le=500, description="in how many orders the input is built up: more are closer to the Shapley value")
    patch: int = patch_field()
    seed: int = seed_field()

    def passes(self, subject: Subject) -> int:
        parts = int(grouped(subject, self.patch).max()) + 1
        return self._orders(parts) * parts + 1

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return raw_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline, raw=True)

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        return f"{self.meaning} {divided(subject, self.patch)}".rstrip()

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        groups = grouped(subject, self.patch).to(x.device)
        parts = int(groups.max()) + 1
        ask = Sampled(subject.answer)
        ask.permutation_generator = both_ways
        with drawn(self.seed):
            values = ask.attribute(
                x,
                baselines=self.reference(subject, x),
                target=target,
                feature_mask=groups[None],
                n_samples=self._orders(parts),
                perturbations_per_eval=at_once(subject, x, parts),
            )
        return shared_out(values, groups)

    def _orders(self, parts: int) -> int:
        """An even number, or all there are."""
        return min(math.factorial(min(parts, 10)), self.orders + self.orders % 2)


def both_ways(num_features: int, num_samples: int) -> Iterator[Sequence[int]]:
    """Orders of the parts: all where there are no more than that, else random ones, each followed by its reverse."""
    if math.factorial(min(num_features, 10)) <= num_samples:
        yield from itertools.permutations(range(num_features))
        return
    for _ in range(num_samples // 2):
        order = torch.randperm(num_features).tolist()
        yield order
        yield order[::-1]
