from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import IntegratedGradients as Integrated
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, said, smooth_baseline
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("integrated_gradients")
class IntegratedGradients(Map):
    """Walks from a baseline to the input and adds up the gradients on the way, times how far each part went.

    The numbers add up to the score less the baseline's (completeness); how far they miss it is the convergence gap.
    Source: Sundararajan et al., "Axiomatic Attribution for Deep Networks", 2017.
    """

    group: ClassVar[str] = "Gradients"
    gradients: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is this part's share of the difference between the score and the baseline's."

    baseline: Baseline = baseline_field()
    steps: int = Field(50, ge=2, le=300, description="steps of the walk: more come closer to the integral and take longer")

    def passes(self, subject: Subject) -> int:
        return self.steps

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return smooth_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline)

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        values = Integrated(subject.path).attribute(
            subject.leaf(x),
            baselines=self.reference(subject, x),
            target=target,
            n_steps=self.steps,
            internal_batch_size=max(subject.piece, len(x)),
        )
        return subject.gathered(values)
