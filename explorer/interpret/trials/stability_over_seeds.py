from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.inspections.wording import counted
from explorer.interpret.agreement import agreements, two_digits
from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.of_training import subject_of
from explorer.interpret.retraining import not_trained_here, reseeded, retrained, trained
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import ALIKE, TRIALS, UNLIKE, Case, Trial, part_of
from explorer.results.verdict import Verdict


@TRIALS.register("stability_over_seeds")
class StabilityOverSeeds(Trial):
    """Do networks trained alike, from other first weights, have the same map?

    Where they do not, the map tells about this one network rather than about what there is to learn. Arrays: `agreement` (k, k): rank
    correlation of the sizes of every two maps, this network's first.
    Source: Fel et al., "How Good is your Explanation? Algorithmic Stability Measures to Assess the Quality of Explanations", 2022.
    """

    cheap: ClassVar[bool] = False

    seeds: int = Field(3, ge=1, le=20, description="networks that are trained with other seeds")
    steps: int = Field(1000, ge=1, le=100_000, description="updates that a network is trained for at most; never more than this one was")

    @classmethod
    def reason_not(cls, method: Map, subject: Subject) -> str:
        return not_trained_here(subject)

    def passes(self, method: Map, subject: Subject) -> int:
        return (1 + self.seeds) * method.passes(subject)

    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        training = trained(case.subject)
        seeds = [training.experiment.seed + 1 + number for number in range(self.seeds)]
        return self._told(maps_of(case, seeds, min(self.steps, training.step), progress), case)

    def _told(self, maps: list[np.ndarray], case: Case) -> Verdict:
        found, steps, now = agreements(maps), min(self.steps, case.subject.step), case.subject.step
        pairs = found[np.tril_indices(len(found), -1)]
        words = (
            f"{counted(self.seeds, 'network')} with other seeds, trained for {counted(steps, 'step')}"
            f"{f' (this one: {now:,})' * (now > steps)}, and this one: the rank correlation of two of their maps"
            f"{case.over()} is {two_digits(pairs.mean())} on average "
            f"({two_digits(pairs.min())} to {two_digits(pairs.max())}): {_said(pairs.mean())}."
        )
        numbers = {"agreement": pairs.mean(), "least": pairs.min(), "most": pairs.max(), "steps": steps}
        return self.verdict(_passed(pairs.mean()), words, numbers, {"agreement": found})


def maps_of(case: Case, seeds: list[int], steps: int, progress: Progress = unheard) -> list[np.ndarray]:
    """This network's maps of the rows of the case, and those of the same experiment trained for so many steps with these seeds."""
    training, maps = trained(case.subject), [case.of_rows(case.subject)]
    for at, seed in enumerate(seeds):
        twin = reseeded(training.experiment, seed)
        other = retrained(twin, steps, training.state.dataset, lambda share, at=at: part_of(progress, at, len(seeds), share))
        maps.append(case.of_rows(subject_of(other, case.selection)))
    return maps


def _passed(agreement: float) -> bool | None:
    return True if agreement >= ALIKE else False if agreement <= UNLIKE else None


def _said(agreement: float) -> str:
    said = {
        True: "it does not depend on the seed",
        False: "it depends on the seed: it tells about this one network, not about what there is to learn",
        None: "in part it depends on the seed",
    }
    return said[_passed(agreement)]
