from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

import torch
from captum.attr import GradientAttribution, NoiseTunnel
from captum.log import log_usage
from pydantic import Field

from explorer.errors import SpecError
from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.chance import drawn, seed_field
from explorer.interpret.rows import each_alone
from explorer.interpret.subject import Subject

NAME = 40  # characters of the name of a method
MADE = {
    "smoothgrad": "A number is the mean, over noisy copies of the input, of the number that {} gives this part.",
    "smoothgrad_sq": "A number is the mean square, over noisy copies of the input, of the number that {} gives this part.",
    "vargrad": "A number is how much the number that {} gives this part varies over noisy copies of the input: its variance.",
}


@EXPLANATIONS.register("smooth_grad")
class SmoothGrad(Map):
    """Asks another method about many noisy copies of the input and takes the mean, which washes out what flickers.

    Or the mean of the squares, or the variance: both have no sign.
    Source: Smilkov et al., "SmoothGrad: Removing Noise by Adding Noise", 2017; Adebayo et al., "Local Explanation Methods for Deep
    Neural Networks Lack Sensitivity to Parameter Values", 2018 (VarGrad).
    """

    group: ClassVar[str] = "Gradients"
    label: ClassVar[str] = "SmoothGrad"
    gradients: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is made, over noisy copies of the input, of the numbers that the method inside gives this part."

    of: str = Field("saliency", max_length=NAME, description="the method that is asked about every noisy copy")
    samples: int = Field(20, ge=1, le=200, description="noisy copies: more are smoother and take longer")
    noise: float = Field(0.15, ge=0, le=1, description="standard deviation of the noise, as a share of the range of the inputs")
    type: Literal["smoothgrad", "smoothgrad_sq", "vargrad"] = Field(
        "smoothgrad", description="what is taken over the copies: the mean, the mean of the squares, or the variance"
    )
    seed: int = seed_field()

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"of": [kind for kind in smoothed() if not EXPLANATIONS[kind].reason_not(subject)]}

    @property
    def rates(self) -> bool:  # ty: ignore[incompatible-property-override]
        """Whether the numbers are slopes: those of the method inside are."""
        return self._inner().rates

    def is_signed(self, subject: Subject) -> bool:
        return self.type == "smoothgrad" and self._inner().is_signed(subject)

    def unit(self, subject: Subject) -> str:
        unit = self._inner().unit(subject)
        return unit if self.type == "smoothgrad" or not unit else f"({unit})²"

    def passes(self, subject: Subject) -> int:
        return self.samples * self._inner().passes(subject)

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        return MADE[self.type].format(self._inner().title())

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        if subject.entry is not None and len(x) > 1:
            return each_alone(self, subject, x, target)
        method = self._inner()
        reason = method.reason_not(subject)
        if reason:
            raise SpecError(f"SmoothGrad, field `of`: {method.title()} does not fit here. {reason}")
        z, inside = subject.smooth(x), smooth_side(subject)
        with drawn(self.seed):
            values = NoiseTunnel(_Asked(method, inside)).attribute(
                z,
                nt_type=self.type,
                nt_samples=self.samples,
                nt_samples_batch_size=min(max(subject.piece // len(x), 1), self.samples),
                stdevs=self.noise * spread(subject, z),
                target=target,
            )
        return subject.lengths(values) if self.rates else subject.gathered(values)

    def _inner(self) -> Map:
        """Raises SpecError: the field names no method that could be asked."""
        if self.of not in smoothed():
            raise SpecError(
                f"SmoothGrad, field `of`: there is no method {self.of!r} that takes gradients. Choose one of {', '.join(smoothed())}."
            )
        return EXPLANATIONS[self.of]()  # ty: ignore[invalid-explicit-return]


def smoothed() -> list[str]:
    """Kinds of the methods that noisy copies can be given to: maps that take gradients of the whole answer."""
    maps = {kind: method for kind, method in EXPLANATIONS.items() if issubclass(method, Map) and "unit" not in method.wants}
    return [kind for kind, method in maps.items() if method.gradients and method is not SmoothGrad]


def smooth_side(subject: Subject) -> Subject:
    """The subject from its smooth inputs onwards: what it is fed are vectors instead of tokens."""
    if subject.entry is None:
        return subject
    seen = subject.smooth(subject.background) if len(subject.background) else subject.background
    compared = None if subject.compared is None else subject.smooth(subject.compared[None])[0]
    return replace(subject, answer=subject.path, entry=None, vocabulary=(), background=seen, compared=compared)


def spread(subject: Subject, z: torch.Tensor) -> float:
    """From the smallest to the largest number among smooth training examples, and these inputs `z`."""
    seen = torch.cat([subject.smooth(subject.background).flatten(), z.flatten()]) if len(subject.background) else z
    return float(seen.max() - seen.min())


class _Asked(GradientAttribution):
    """A map as Captum's noise tunnel wants to be given a method."""

    def __init__(self, method: Map, subject: Subject) -> None:
        super().__init__(subject.answer)
        self._method, self._subject = method, subject

    @log_usage()
    def attribute(self, inputs: Any, target: int = 0) -> Any:
        noisy = inputs[0] if isinstance(inputs, tuple) else inputs
        with torch.enable_grad():
            values = self._method.attribute(self._subject, noisy.detach(), target).detach()
        return (values,) if isinstance(inputs, tuple) else values
