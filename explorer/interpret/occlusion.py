from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import Occlusion as Covered
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, raw_baseline, said
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("occlusion")
class Occlusion(Map):
    """Covers one part of the input after the other and sees how far the answer falls.

    Source: Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
    """

    group: ClassVar[str] = "Taking away"
    perturbs: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number is how far the score falls when this part is covered, the mean over all windows that cover it."

    baseline: Baseline = baseline_field()
    window: int = Field(
        3, ge=1, le=64, description="side of what is covered: squares of a picture, steps of a series, words of a text, columns of a table"
    )
    stride: int = Field(1, ge=1, le=64, description="how far the window moves each time: larger is faster and coarser")

    def passes(self, subject: Subject) -> int:
        count = 1
        for size, window, stride in zip(subject.x.shape[1:], self._window(subject), self._stride(subject), strict=True):
            count *= -(-(size - window) // stride) + 1
        return count + 1

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return raw_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline, raw=True)

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        return Covered(subject.answer).attribute(
            x,
            sliding_window_shapes=self._window(subject),
            strides=self._stride(subject),
            baselines=self.reference(subject, x),
            target=target,
            perturbations_per_eval=max(subject.piece // len(x), 1),
        )

    def _window(self, subject: Subject) -> tuple[int, ...]:
        """All channels of a picture at once; one feature of a series, one column of a table at a time."""
        sizes = tuple(subject.x.shape[1:])
        if subject.kind in ("image", "audio"):
            return (sizes[0], *(min(self.window, size) for size in sizes[1:]))
        if subject.kind in ("series", "text"):
            return (min(self.window, sizes[0]), *(1 for _ in sizes[1:]))
        return tuple(1 for _ in sizes)

    def _stride(self, subject: Subject) -> tuple[int, ...]:
        if subject.kind in ("image", "audio"):
            return tuple(min(self.stride, window) for window in self._window(subject))
        return tuple(min(self.stride, window) for window in self._window(subject))
