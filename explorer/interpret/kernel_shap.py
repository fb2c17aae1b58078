from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from captum.attr import KernelShap as Kernel
from captum.attr import Lime
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, raw_baseline, said
from explorer.interpret.chance import drawn, seed_field
from explorer.interpret.groups import grouped, patch_field
from explorer.interpret.parted import Fitted, at_once, divided, every_subset, shared_out, subsets
from explorer.interpret.subject import Subject

EACH = 2  # subsets for every part, at the least, so that the linear model has something to go by


@EXPLANATIONS.register("kernel_shap")
class KernelShap(Map):
    """Keeps random subsets of the parts, and fits a linear model to the answers that is weighted so that it finds Shapley values.

    Of few parts all subsets are kept, and the values are exact. The numbers add up to the score less the baseline's.
    Source: Lundberg & Lee, "A Unified Approach to Interpreting Model Predictions", 2017.
    """

    group: ClassVar[str] = "Taking away"
    label: ClassVar[str] = "KernelShap"
    perturbs: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    meaning: ClassVar[str] = (
        "A number is what this part adds to the score, the mean over what else is there, as a fitted linear model has it."
    )

    baseline: Baseline = baseline_field()
    samples: int = Field(
        256, ge=8, le=5000, description=f"subsets that are kept: more are closer to the Shapley value; at least {EACH} for every part"
    )
    patch: int = patch_field()
    seed: int = seed_field()

    def passes(self, subject: Subject) -> int:
        return self._subsets(int(grouped(subject, self.patch).max()) + 1)

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return raw_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline, raw=True)

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        return f"{self.meaning} {divided(subject, self.patch)}".rstrip()

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        groups = grouped(subject, self.patch).to(x.device)
        base, count = self.reference(subject, x), self._subsets(int(groups.max()) + 1)
        if count == 2 ** (int(groups.max()) + 1):
            ask = Lime(subject.answer, Fitted(), shapley_kernel, every_subset)  # what the name says: LIME with this kernel
        else:
            ask = Kernel(subject.answer)
            ask.interpretable_model = Fitted()

        def fitted(at: int) -> torch.Tensor:
            return ask.attribute(
                x[at : at + 1],
                baselines=base[at : at + 1],
                target=target,
                feature_mask=groups[None],
                n_samples=count,
                perturbations_per_eval=at_once(subject, x[:1], count),
            )[0]

        with drawn(self.seed):
            return shared_out(torch.stack([fitted(at) for at in range(len(x))]), groups)

    def _subsets(self, parts: int) -> int:
        return subsets(parts, max(self.samples, EACH * parts + 2))


def shapley_kernel(
    _input: torch.Tensor, _changed: torch.Tensor, kept: torch.Tensor, *, num_interp_features: int, **_others: Any
) -> torch.Tensor:
    """The weight of one subset (1, parts); without parts and with all it is so large that the linear model has to agree there."""
    parts, size = num_interp_features, int(kept.sum())
    if size in (0, parts):
        return torch.tensor([1e6])
    return torch.tensor([(parts - 1) / (math.comb(parts, size) * size * (parts - size))])
