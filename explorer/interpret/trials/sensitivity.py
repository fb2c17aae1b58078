from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from captum.metrics import sensitivity_max
from pydantic import Field

from explorer.inspections.wording import brief, share
from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.subject import Entered, Subject
from explorer.interpret.trials.base import TRIALS, Case, Trial
from explorer.results.verdict import Verdict

STEADY, SHAKY = 0.5, 1.0  # relative change up to which a map is steady, and from which on it is another one
SEED = 0  # of the changes of the input


@TRIALS.register("sensitivity")
class Sensitivity(Trial):
    """Does the map stay as it is when the input changes so little that nobody would see it?

    The largest change of the map that was found, relative to its own length. For tokens, the vectors that stand for them are changed.
    Source: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", 2019.
    """

    samples: int = Field(10, ge=1, le=200, description="times that the input is changed a little")
    radius: float = Field(
        0.02, gt=0, le=1, description="how far each number of the input moves at most, in standard deviations of the inputs"
    )

    @classmethod
    def reason_not(cls, method: Map, subject: Subject) -> str:
        if subject.vocabulary and (method.perturbs or subject.entry is None or not subject.differentiable):
            return "It exchanges whole words, which cannot change a little."
        return ""

    def passes(self, method: Map, subject: Subject) -> int:
        return (self.samples + 2) * method.passes(subject)

    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        subject = on_vectors(case.subject, case.x)
        spread = float(subject.background.std())
        rng = torch.Generator().manual_seed(SEED)

        def explained(x: torch.Tensor | tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
            return (case.method.checked(subject, x[0] if isinstance(x, tuple) else x, case.target).contiguous(),)  # Captum walks over it

        def moved(x: torch.Tensor) -> torch.Tensor:
            return x + (2 * torch.rand(x.shape, generator=rng) - 1).to(x) * self.radius * spread

        x = case.subject.smooth(case.x)
        piece = min(subject.piece, self.samples)
        change = float(sensitivity_max(explained, x, moved, n_perturb_samples=self.samples, max_examples_per_batch=piece)[0])
        words = (
            f"Small changes of the input, by up to {brief(self.radius)} standard deviations, change the map by at most "
            f"{share(change)} of its length, in {self.samples} tries: {_verdict(change)}."
        )
        return self.verdict(_passed(change), words, {"change": change, "radius": self.radius * spread}, {})


def _passed(change: float) -> bool | None:
    return True if change <= STEADY else False if change >= SHAKY else None


def _verdict(change: float) -> str:
    return {True: "it is steady", False: "it becomes another map", None: "it is not very steady"}[_passed(change)]


def on_vectors(subject: Subject, x: torch.Tensor) -> Subject:
    """The same subject, whose inputs are the vectors (n, T, width) that stand for tokens `x` (1, T); itself where it has none."""
    if subject.entry is None:
        return subject
    changes: dict[str, Any] = {
        "answer": Entered(subject.answer, subject.entry, x),
        "entry": None,
        "vocabulary": (),
        "x": subject.smooth(x),
        "background": subject.smooth(subject.background),
        "axes": (*subject.axes, "numbers"),
    }
    return replace(subject, **changes)
