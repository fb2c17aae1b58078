from __future__ import annotations

import math
from typing import ClassVar

import torch
from captum.attr import Occlusion as Covered
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.baselines import Baseline, baseline_field, raw_baseline, said
from explorer.interpret.parted import at_once
from explorer.interpret.subject import Subject

LEAST = 3  # side of the window, in pixels, steps or words, ...
SHARE = 9  # ... and in this part of the longer side of a picture, so that it never has more than some 900 places
ALONE = "A number is how far the score falls when this part is covered."  # where a window is no larger than a part


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
        0,
        ge=0,
        le=64,
        description="side of what is covered: squares of a picture, steps of a series, words of a text; "
        f"0: {LEAST} or, of large pictures, a {SHARE}th of their side",
    )
    stride: int = Field(0, ge=0, le=64, description="how far the window moves each time: larger is faster and coarser; 0: a third of it")

    def passes(self, subject: Subject) -> int:
        count = 1
        for size, window, stride in zip(subject.x.shape[1:], self._window(subject), self._stride(subject), strict=True):
            count *= -(-(size - window) // stride) + 1
        return count + 1

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return raw_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline, raw=True)

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        return self.meaning if math.prod(self._window(subject)) > 1 else ALONE

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        return Covered(subject.answer).attribute(
            x,
            sliding_window_shapes=self._window(subject),
            strides=self._stride(subject),
            baselines=self.reference(subject, x),
            target=target,
            perturbations_per_eval=at_once(subject, x, self.passes(subject)),
        )

    def _window(self, subject: Subject) -> tuple[int, ...]:
        """All channels of a picture at once; one feature of a series, one column of a table at a time."""
        sizes = tuple(subject.x.shape[1:])
        if subject.kind in ("image", "audio"):
            side = self.window or max(LEAST, round(max(sizes[1:]) / SHARE))
            return (sizes[0], *(min(side, size) for size in sizes[1:]))
        if subject.kind in ("series", "text"):
            return (min(self.window or LEAST, sizes[0]), *(1 for _ in sizes[1:]))
        return tuple(1 for _ in sizes)

    def _stride(self, subject: Subject) -> tuple[int, ...]:
        return tuple(min(self.stride or max(window // 3, 1), window) for window in self._window(subject))
