from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import FeaturePermutation as Permuted
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.chance import drawn, seed_field
from explorer.interpret.groups import grouped, patch_field
from explorer.interpret.parted import at_once, given, repeated
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("feature_permutation")
class FeaturePermutation(Map):
    """Swaps one part of the input after the other for that of other training examples, and sees how far the answer falls.

    What takes the place of a part is real, but what stands beside it is another example's: together they may be what never occurs.
    Source: Breiman, "Random Forests", 2001; Fisher et al., "All Models are Wrong, but Many are Useful", 2019.
    """

    group: ClassVar[str] = "Taking away"
    perturbs: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is how far the score falls, on average, when this part is that of another training example."

    others: int = Field(20, ge=2, le=200, description="how many other examples, drawn at random, each part is taken from")
    patch: int = patch_field()
    seed: int = seed_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        few = "It swaps parts with those of other examples, and there are no others here."
        return super().reason_not(subject) or (few if len(subject.background) < 2 else "")

    def passes(self, subject: Subject) -> int:
        return self.others * (int(grouped(subject, self.patch).max()) + 2)

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        return f"{self.meaning} {repeated(subject, self.patch)}"

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        groups = grouped(subject, self.patch).to(x.device)
        with drawn(self.seed):
            others = subject.background[torch.randint(len(subject.background), (self.others,))]

        def falls(one: torch.Tensor) -> torch.Tensor:
            """Mean over the others, for one example (1, *shape)."""
            return torch.cat([swapped_falls(subject, one, some, groups, target) for some in others.split(subject.piece)]).mean(0)

        return given(subject, torch.stack([falls(one[None]) for one in x]), groups)


def swapped_falls(subject: Subject, one: torch.Tensor, others: torch.Tensor, groups: torch.Tensor, target: int) -> torch.Tensor:
    """How far the score of one input (1, *shape) falls as each part becomes that of each of `others` (n, *shape): (n, *shape)."""
    copies = one.expand_as(others).contiguous()
    ask = Permuted(subject.answer, perm_func=lambda same, part: torch.where(part, others, same))
    ask._min_examples_per_batch_grouped = None  # of a single one too, a part can be that of another
    every = at_once(subject, copies, int(groups.max()) + 1)
    return ask.attribute(copies, target=target, feature_mask=groups[None], perturbations_per_eval=every).float()
