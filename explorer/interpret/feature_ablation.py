from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import FeatureAblation as Ablated

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, raw_baseline, said
from explorer.interpret.groups import grouped, patch_field
from explorer.interpret.parted import at_once, given, repeated
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("feature_ablation")
class FeatureAblation(Map):
    """Takes one part of the input away after the other, and sees how far the answer falls.

    Unlike occlusion, parts do not overlap, and columns made of one column of words go together.
    Source: Meyes et al., "Ablation Studies in Artificial Neural Networks", 2019.
    """

    group: ClassVar[str] = "Taking away"
    perturbs: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is how far the score falls when this part is taken away."

    baseline: Baseline = baseline_field()
    patch: int = patch_field()

    def passes(self, subject: Subject) -> int:
        return int(grouped(subject, self.patch).max()) + 2

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return raw_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline, raw=True)

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        return f"{self.meaning} {repeated(subject, self.patch)}"

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        groups = grouped(subject, self.patch).to(x.device)
        values = Ablated(subject.answer).attribute(
            x,
            baselines=self.reference(subject, x),
            target=target,
            feature_mask=groups[None],
            perturbations_per_eval=at_once(subject, x, int(groups.max()) + 1),
        )
        return given(subject, values, groups)
