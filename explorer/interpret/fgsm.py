from __future__ import annotations

from typing import ClassVar

import torch
from captum.robust import FGSM

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.disturbing import Disturbance, Push
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("fgsm")
class FastGradientSign(Disturbance):
    """Moves every number of the input by the same share of its range, up or down as the gradient says, to change the answer.

    One step: it sees the slope at the input only. The answer that is selected is what it is after; selected is the answer that is given,
    it is after any other. Of a number it is after a move by one standard deviation. Columns of yes and no stay as they are.
    Source: Goodfellow et al., "Explaining and Harnessing Adversarial Examples", 2015.
    """

    points: ClassVar[int] = 41

    @classmethod
    def title(cls) -> str:
        return "FGSM"

    def passes(self, subject: Subject) -> int:
        return 4 * self.points + 2

    def attack(self, answer: Push, shares: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
        step = FGSM(answer.scores, answer.loss, lower_bound=0.0, upper_bound=1.0)
        step.zero_thresh = 0.0  # a small gradient has a sign too
        return step.perturb(shares, sizes, target=0, mask=answer.free).detach()
