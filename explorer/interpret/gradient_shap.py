from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import GradientShap as Shap
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import background, said_background
from explorer.interpret.chance import drawn, seed_field
from explorer.interpret.rows import each_alone
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("gradient_shap")
class GradientShap(Map):
    """Gradients at random points on the ways from random training examples to the input, times how far each part went.

    Integrated gradients with many baselines at once, by luck of the draw: with more samples the numbers come closer to adding up to
    the score less the mean score of those examples, and to the Shapley values where the parts do not depend on each other.
    Source: Lundberg & Lee, "A Unified Approach to Interpreting Model Predictions", 2017; Erion et al., "Learning Explainable Models
    Using Attribution Priors", 2019.
    """

    group: ClassVar[str] = "Gradients"
    label: ClassVar[str] = "GradientShap"
    gradients: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is this part's share of the difference between the score and that of the training examples drawn."

    examples: int = Field(50, ge=1, le=200, description="training examples that are drawn from")
    samples: int = Field(100, ge=1, le=500, description="how many points are drawn: more come closer and take longer")
    seed: int = seed_field()

    def passes(self, subject: Subject) -> int:
        return self.samples

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return background(subject, x, self.examples)

    def compared(self, subject: Subject) -> str:
        return said_background(subject, self.examples)

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        if subject.entry is not None and len(x) > 1:
            return each_alone(self, subject, x, target)
        references, shap = self.reference(subject, x), Shap(subject.path)
        values = torch.zeros_like(subject.smooth(x))
        most = max(subject.piece // len(x), 1)
        with drawn(self.seed):
            for start in range(0, self.samples, most):
                count = min(most, self.samples - start)
                found = shap.attribute(subject.leaf(x), baselines=references, n_samples=count, stdevs=0.0, target=target)
                values += found.detach() * count / self.samples
        return subject.gathered(values)
