from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from captum.attr import Lime as Local
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, raw_baseline, said
from explorer.interpret.chance import drawn, seed_field
from explorer.interpret.groups import grouped, patch_field
from explorer.interpret.parted import Fitted, at_once, every_subset, given, repeated, subsets
from explorer.interpret.subject import Subject

EACH = 4  # changed inputs for every part, at the least


@EXPLANATIONS.register("lime")
class Lime(Map):
    """Takes random halves of the input away, and fits a linear model to the answers in which inputs that kept more count more.

    Of few parts all that can be kept is asked about once. How far the linear model is right depends on how bent the network is here; it
    says nothing of inputs further away.
    Source: Ribeiro et al., "Why Should I Trust You?", 2016.
    """

    group: ClassVar[str] = "Taking away"
    label: ClassVar[str] = "LIME"
    perturbs: ClassVar[bool] = True
    meaning: ClassVar[str] = (
        "A number is what having this part rather than not is worth in a linear model that imitates the network around this input."
    )

    baseline: Baseline = baseline_field()
    samples: int = Field(
        256, ge=16, le=5000, description=f"changed inputs the linear model is fitted to: more waver less; at least {EACH} for every part"
    )
    width: float = Field(
        0.25, ge=0.05, le=10, description="how far changed inputs still count: small looks closely at this input, large further around"
    )
    patch: int = patch_field()
    seed: int = seed_field()

    def passes(self, subject: Subject) -> int:
        parts = int(grouped(subject, self.patch).max()) + 1
        return subsets(parts, max(self.samples, EACH * parts))

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return raw_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline, raw=True)

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        return f"{self.meaning} {repeated(subject, self.patch)}"

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        groups = grouped(subject, self.patch).to(x.device)
        base, samples = self.reference(subject, x), self.passes(subject)
        every = every_subset if samples == 2 ** (int(groups.max()) + 1) else None
        ask = Local(subject.answer, interpretable_model=Fitted(), similarity_func=self._nearness, perturb_func=every)

        def fitted(at: int) -> torch.Tensor:
            return ask.attribute(
                x[at : at + 1],
                baselines=base[at : at + 1],
                target=target,
                feature_mask=groups[None],
                n_samples=samples,
                perturbations_per_eval=at_once(subject, x[:1], samples),
            )[0]

        with drawn(self.seed):
            return given(subject, torch.stack([fitted(at) for at in range(len(x))]), groups)

    def _nearness(self, _input: torch.Tensor, _changed: torch.Tensor, kept: torch.Tensor, **_others: Any) -> float:
        """How much a changed input counts: by the cosine between which parts it kept (1, parts) and all of them."""
        distance = 1 - math.sqrt(float(kept.float().mean()))
        return math.exp(-((distance / self.width) ** 2))
