from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.inspections.wording import counted
from explorer.interpret.agreement import rank_agreement, two_digits
from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.of_training import subject_of
from explorer.interpret.retraining import not_trained_here, retrained, trained, with_shuffled_labels
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Case, Trial, changed, part_of
from explorer.results.verdict import Verdict

UNLABELLED = ("inputs", "real")  # answers of tasks that no label decides


@TRIALS.register("label_randomisation")
class LabelRandomisation(Trial):
    """Does the map change when the same network is trained on labels that were shuffled?

    Everything else is the same: first weights, examples, order of the batches, number of steps up to a bound. A map that stays as it is
    does not show what the labels taught. Arrays: `agreement` (shuffles,): rank correlation of the sizes with the map as it is.
    Source: Adebayo et al., "Sanity Checks for Saliency Maps", 2018.
    """

    cheap: ClassVar[bool] = False

    shuffles: int = Field(2, ge=1, le=10, description="times that the labels are shuffled, each time in another way")
    steps: int = Field(1000, ge=1, le=100_000, description="updates that a network is trained for at most; never more than this one was")

    @classmethod
    def reason_not(cls, method: Map, subject: Subject) -> str:
        if subject.training is None:
            return not_trained_here(subject)
        unlabelled = subject.training.experiment.task.answers in UNLABELLED
        return "This network learns without labels, so that there are none to shuffle." if unlabelled else ""

    def passes(self, method: Map, subject: Subject) -> int:
        return (1 + self.shuffles) * method.passes(subject)

    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        training = trained(case.subject)
        steps, before, found = min(self.steps, training.step), case.of_rows(case.subject), []
        for shuffle in range(self.shuffles):
            dataset = with_shuffled_labels(training.state.dataset, np.random.default_rng([training.experiment.seed, shuffle]))
            other = retrained(training.experiment, steps, dataset, lambda share, at=shuffle: part_of(progress, at, self.shuffles, share))
            found.append(rank_agreement(before, case.of_rows(subject_of(other, case.selection))))
        return self._told(np.array(found), steps, case)

    def _told(self, found: np.ndarray, steps: int, case: Case) -> Verdict:
        now = case.subject.step
        words = (
            f"Trained on shuffled labels for {counted(steps, 'step')}{f' (this network: {now:,})' * (now > steps)}, the same network has a "
            f"map{case.over()} whose rank correlation with this one is {two_digits(found.mean())} ({two_digits(found.min())} to "
            f"{two_digits(found.max())} in {counted(self.shuffles, 'shuffle')}): {_said(found.mean())}."
        )
        return self.verdict(changed(found.mean()), words, {"agreement": found.mean(), "steps": steps}, {"agreement": found})


def _said(agreement: float) -> str:
    said = {
        True: "the map goes by what the labels taught",
        False: "the map hardly changes: it does not show what the labels taught",
        None: "the map changes in part: much of it comes from elsewhere than from the labels",
    }
    return said[changed(agreement)]
