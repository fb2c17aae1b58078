from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import DeepLift as Lifted
from torch import nn

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, said, smooth_baseline
from explorer.interpret.rules import apart, lacks_deep_lift
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("deep_lift")
class DeepLift(Map):
    """Runs input and baseline through the network and hands the difference of the answers back, layer by layer.

    Every bend passes back the slope between what it gave for the two, instead of its gradient, so that flat parts do not hide anything.
    The numbers add up to the score less the baseline's. The rule is called Rescale.
    Source: Shrikumar et al., "Learning Important Features Through Propagating Activation Differences", 2017.
    """

    group: ClassVar[str] = "Rules of backpropagation"
    label: ClassVar[str] = "DeepLift"
    gradients: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is this part's share of the difference between the score and the baseline's."

    baseline: Baseline = baseline_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or lacks_deep_lift(subject)

    def passes(self, subject: Subject) -> int:
        return 2

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return smooth_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline)

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        model = nn.Sequential(subject.path)  # of its own: what Captum hangs on the whole does not meet what else hangs there
        with apart(model):
            return subject.gathered(Lifted(model).attribute(subject.leaf(x), baselines=self.reference(subject, x), target=target))
