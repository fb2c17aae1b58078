from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import DeepLiftShap as Lifted
from pydantic import Field
from torch import nn

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import background, said_background
from explorer.interpret.rows import each_alone
from explorer.interpret.rules import apart, lacks_deep_lift
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("deep_lift_shap")
class DeepLiftShap(Map):
    """DeepLift against many training examples instead of one baseline, and the mean of it.

    An estimate of the Shapley values of the parts. The numbers add up to the score less the mean score of those examples.
    Source: Lundberg & Lee, "A Unified Approach to Interpreting Model Predictions", 2017.
    """

    group: ClassVar[str] = "Rules of backpropagation"
    label: ClassVar[str] = "DeepLiftShap"
    gradients: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is this part's share of the difference between the score and the mean score of training examples."

    examples: int = Field(20, ge=1, le=200, description="training examples that the input is compared with: more say it more exactly")

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or lacks_deep_lift(subject)

    def passes(self, subject: Subject) -> int:
        return 2 * self.examples

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return background(subject, x, self.examples)

    def compared(self, subject: Subject) -> str:
        return said_background(subject, self.examples)

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        if subject.entry is not None and len(x) > 1:
            return each_alone(self, subject, x, target)
        references, model = self.reference(subject, x), nn.Sequential(subject.path)
        values = torch.zeros_like(subject.smooth(x))
        for some in references.split(max(subject.piece // (2 * len(x)), 1)):
            twice = some if len(some) > 1 else some.repeat(2, *[1] * (some.dim() - 1))  # Captum asks for more than one
            with apart(model):
                found = Lifted(model).attribute(subject.leaf(x), baselines=twice, target=target)
            values += found.detach() * len(some) / len(references)
        return subject.gathered(values)
