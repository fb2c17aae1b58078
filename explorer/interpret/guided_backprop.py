from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import GuidedBackprop as Guided

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.rules import hooks_expected, lacks_relu
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("guided_backprop")
class GuidedBackprop(Map):
    """The gradient, but on its way back every ReLU lets through only what speaks for the answer.

    Makes sharp pictures. They show what the first layers can see rather than what the answer hangs on: put it on trial.
    Source: Springenberg et al., "Striving for Simplicity: The All Convolutional Net", 2015.
    """

    group: ClassVar[str] = "Rules of backpropagation"
    label: ClassVar[str] = "Guided backpropagation"
    gradients: ClassVar[bool] = True
    rates: ClassVar[bool] = True
    meaning: ClassVar[str] = (
        "A number is a gradient from which, at every ReLU, all that is below 0 was taken: no slope of the score any more."
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or lacks_relu(subject)

    def unit(self, subject: Subject) -> str:
        return subject.slope

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        with hooks_expected():
            return subject.lengths(Guided(subject.path).attribute(subject.leaf(x), target=target))
