from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.inspections._rehearsal import no_gradient
from explorer.inspections.base import INSPECTIONS, Progress, unheard
from explorer.inspections.gradient_flow import FAINT, GradientFlow
from explorer.inspections.moments import Moments, OverTime
from explorer.inspections.wording import listed
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

TAKEN = ("gradient", "gradient_norm", "ratio")  # of what is found at one step


@INSPECTIONS.register("gradients_over_time")
class GradientsOverTime(OverTime):
    """How strong the gradient was in every layer and how much each step changed, over the recorded steps.

    Measured as by `gradient_flow`: on the same probe batch, in evaluation mode. Arrays: `steps` (m,); all (layers, m): `gradient`, root
    mean square per weight; `gradient_norm`; `ratio`, of the size of the run's next step to that of the weights. NaN where there is none.
    """

    group: ClassVar[str] = "Gradients"

    size: Literal["per_weight", "norm"] = Field(
        "per_weight", description="how the gradient of a layer is measured: root mean square per weight, which compares layers, or its norm"
    )

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training)

    def look_over(self, recorded: Moments, progress: Progress = unheard) -> Inspected:
        steps, found, names = [], [], []
        for training in recorded.each(self.moments, progress):
            steps.append(training.step)
            if no_gradient(training):
                found.append(None)
                continue
            one = GradientFlow(batches=2).look(training)
            names = one.facts["layers"]
            found.append(np.stack([one.arrays[name] for name in TAKEN]))  # (3, layers)
        whole = np.stack([np.full((len(TAKEN), len(names)), np.nan) if one is None else one for one in found], axis=-1)  # (3, layers, m)
        arrays = {"steps": np.array(steps), **dict(zip(TAKEN, whole, strict=True))}
        words = (*_words(names, steps, arrays["gradient"], arrays["ratio"]), *recorded.words(steps))
        return Inspected(self.kind, steps[-1], words, {"layers": names, "size": self.size}, arrays)


def _words(names: list[str], steps: list[int], gradient: np.ndarray, ratio: np.ndarray) -> list[str]:
    said = [_beside_the_last(names, steps, gradient), _changes(names, steps, ratio)]
    lost = [f"{step:,}" for step, column in zip(steps, gradient.T, strict=True) if not np.isfinite(column).all()]
    if lost:
        said.append(f"At step {listed(lost)} the gradient is no finite number.")
    return [sentence for sentence in said if sentence]


def _beside_the_last(names: list[str], steps: list[int], gradient: np.ndarray) -> str:
    """Where the gradient of a layer is faint beside that of the last one."""
    if len(names) < 2:
        return ""
    faint = gradient[:-1] < FAINT * gradient[-1]
    alike: dict[str, list[str]] = {}
    for name, when in zip(names, faint, strict=False):
        if when.any():
            alike.setdefault(_when(when, steps), []).append(name)
    parts = [f"in {listed(layers)} {when}" for when, layers in alike.items()]
    last = f"a hundredth of that of {names[-1]}, the last layer"
    if not parts:
        return f"The gradient of a weight is at none of these steps below {last}."
    return f"The gradient of a weight is below {last}: {listed(parts)}. Plain gradient descent hardly moves such a layer."


def _when(when: np.ndarray, steps: list[int]) -> str:
    """At how many of the steps."""
    return (
        f"at all {len(steps)} steps"
        if when.all()
        else f"at {when.sum()} of {len(steps)} steps (first at step {steps[int(when.argmax())]:,})"
    )


def _changes(names: list[str], steps: list[int], ratio: np.ndarray) -> str:
    """What the steps change, at first and at last."""
    known = [column for column in ratio.T if np.isfinite(column).any()]
    if not known:
        return ""
    first, last = known[0], known[-1]
    most = int(np.nanargmax(last))
    words = f"The next step changes the weights of {names[most]} most for their size: by {last[most]:.2g} of it"
    return f"{words} (it was {first[most]:.2g} at step {steps[0]:,})." if len(steps) > 1 else f"{words}."
