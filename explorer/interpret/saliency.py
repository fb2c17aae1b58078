from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import Saliency as Gradient
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("saliency")
class Saliency(Map):
    """How much the answer would change if a part of the input changed a little: the gradient.

    Source: Simonyan et al., "Deep Inside Convolutional Networks", 2014.
    """

    group: ClassVar[str] = "Gradients"
    gradients: ClassVar[bool] = True
    rates: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number says how fast the score changes when this part of the input grows, as a slope, not as a share."

    signs: bool = Field(
        False,
        description="keep the signs: whether the answer grows or shrinks as the input grows; without, and for tokens, only how much",
    )

    def is_signed(self, subject: Subject) -> bool:
        return self.signs and super().is_signed(subject)

    def unit(self, subject: Subject) -> str:
        return subject.slope

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        slopes = Gradient(subject.path).attribute(subject.leaf(x), target=target, abs=not self.signs)
        return subject.lengths(slopes)
