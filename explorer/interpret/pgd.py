from __future__ import annotations

from typing import ClassVar

import torch
from captum.robust import PGD
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.chance import drawn, seed_field
from explorer.interpret.disturbing import Disturbance, Push
from explorer.interpret.subject import Subject

STRIDE = 2.5  # length of all steps together, in times the size of the disturbance


@EXPLANATIONS.register("pgd")
class ProjectedGradientDescent(Disturbance):
    """Takes many small steps up the gradient's signs, and never leaves the surroundings of the input, to change the answer.

    It sees the slope anew at every step, so that it finds smaller disturbances than FGSM where the network is bent. The answer that is
    selected is what it is after; selected is the answer that is given, it is after any other. Of a number it is after a move by one
    standard deviation. Columns of yes and no stay as they are.
    Source: Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018.
    """

    points: ClassVar[int] = 13

    steps: int = Field(10, ge=2, le=100, description="steps for every size of the disturbance")
    random_start: bool = Field(False, description="begin anywhere around the input rather than at it")
    seed: int = seed_field()

    @classmethod
    def title(cls) -> str:
        return "PGD"

    def passes(self, subject: Subject) -> int:
        return (2 * self.points + 1) * (self.steps + 1)

    def attack(self, answer: Push, shares: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
        walk = PGD(answer.scores, answer.loss, lower_bound=0.0, upper_bound=1.0)
        walk.fgsm.zero_thresh = 0.0  # a small gradient has a sign too
        with drawn(self.seed):
            return walk.perturb(
                shares,
                sizes,
                sizes * (STRIDE / self.steps),
                self.steps,
                target=0,
                random_start=self.random_start,
                mask=answer.free,
            ).detach()
