from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import InputXGradient as Product

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("input_x_gradient")
class InputXGradient(Map):
    """Multiplies every part of the input by its gradient: what the part says, times how much the answer listens to it.

    What a straight line through this input would say each part adds; parts that are 0 get 0. Where the network is a straight line,
    the numbers add up to the score less its bias.
    Source: Shrikumar et al., "Not Just a Black Box: Learning Important Features Through Propagating Activation Differences", 2016.
    """

    group: ClassVar[str] = "Gradients"
    label: ClassVar[str] = "Input x gradient"
    gradients: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is what this part would add to the score if the network were the straight line that touches it here."

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        return subject.gathered(Product(subject.path).attribute(subject.leaf(x), target=target))
