"""The base of every trial, and the case it judges."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import torch

from explorer.errors import SpecError
from explorer.experiment.record import Spec
from explorer.interpret.base import Map, Progress, inside, unheard
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.registry import Registry
from explorer.results.attribution import Attribution
from explorer.results.verdict import Verdict

TRIALS: Registry[Trial] = Registry("trial", "explorer.interpret.trials")

ENOUGH = 30  # numbers from which on a rank correlation says something
ALIKE, UNLIKE = 0.8, 0.5  # rank correlation from which on, and up to which, two maps count as the same and as different


@dataclass(frozen=True)
class Case:
    """A map that stands trial.

    Attributes:
        selection: which example and answer it explains.
        found: the map.
        target: number of the answer.
    """

    subject: Subject
    method: Map
    selection: Selection
    found: Attribution
    target: int

    @property
    def x(self) -> torch.Tensor:
        """The example, (1, *shape)."""
        return self.subject.example(self.selection.example)

    @property
    def values(self) -> torch.Tensor:
        """The map, (1, *shape)."""
        return torch.from_numpy(self.found.values)[None].to(self.subject.x.device)

    def rows(self) -> torch.Tensor:
        """The example and as many that follow it as are needed for `ENOUGH` numbers, (n, *shape)."""
        count = min(-(-ENOUGH // max(self.x.numel(), 1)), len(self.subject.x))
        return self.subject.x.roll(-self.selection.example, 0)[:count]

    def over(self) -> str:
        """How many examples `rows` are, where they are several, in words."""
        count = len(self.rows())
        return f" (of {count} examples together, for one has {self.x.numel()} numbers only)" if count > 1 else ""

    def of_rows(self, subject: Subject) -> np.ndarray:
        """The maps of `rows` for this answer by another subject with the same inputs, float32 (n, *shape)."""
        rows = self.rows()
        return whole(self.method.checked(replace(subject.at(rows), **inside(self.selection)), rows, self.target))


def case_of(subject: Subject, method: Map, selection: Selection) -> Case:
    """Explain, so that it can be judged. Raises SpecError."""
    target = subject.target(selection, subject.scores(subject.example(selection.example))[0])
    return Case(replace(subject, **inside(selection)), method, selection, method.attribution(subject, selection), target)


class Trial(Spec):
    """One way of asking whether a map is to be believed. Its fields say how thoroughly.

    The first line of the docstring is what the learner reads; "Source:" names the paper. `judge` leaves the subject as it found it.
    """

    cheap: ClassVar[bool] = True  # judged at once beside each map; False: it trains networks, or takes its time otherwise

    @classmethod
    def reason_not(cls, method: Map, subject: Subject) -> str:
        """Why this map cannot be tried so, in a sentence; "" where it can."""
        return ""

    def passes(self, method: Map, subject: Subject) -> int:
        """Rows that will go forward through the network, training aside."""
        return method.passes(subject)

    @abstractmethod
    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        """Try it. Raises SpecError where the network gives no numbers to judge by."""

    def verdict(self, passed: bool | None, words: str, numbers: dict[str, float], arrays: dict[str, np.ndarray]) -> Verdict:
        """The outcome, with the name of this trial."""
        return Verdict(self.kind, self.title(), words, passed, {name: float(value) for name, value in numbers.items()}, arrays)


def fitting(method: Map, subject: Subject, cheap: bool) -> list[str]:
    """Kinds of the trials, the cheap ones or the others, that this map can be put through."""
    return [name for name, trial in TRIALS.items() if trial.cheap == cheap and not trial.reason_not(method, subject)]


def judge(
    subject: Subject, method: Map, selection: Selection, trials: Iterable[Trial] | None = None, progress: Progress = unheard
) -> list[Verdict]:
    """Put a map on trial.

    Args:
        method: how the map is made; one that fits the subject.
        trials: the cheap ones that fit when left out; of those given, the ones that do not fit are left out.
        progress: told the share that is done.

    Raises:
        SpecError: there is no map to judge.
    """
    asked = [TRIALS[name]() for name in fitting(method, subject, cheap=True)] if trials is None else list(trials)
    asked = [trial for trial in asked if not trial.reason_not(method, subject)]
    case = case_of(subject, method, selection)
    return [_tried(trial, case, partial(part_of, progress, at, len(asked))) for at, trial in enumerate(asked)]


def changed(agreement: float) -> bool | None:
    """Whether a map has become another one, by its rank correlation with what it was; None in between."""
    return True if agreement <= UNLIKE else False if agreement >= ALIKE else None


def part_of(progress: Progress, done: int, of: int, share: float) -> None:
    """Tell `progress` the share of the whole that is done when `share` of part number `done` is."""
    progress((done + share) / max(of, 1))


def _tried(trial: Trial, case: Case, progress: Progress) -> Verdict:
    try:
        found = trial.judge(case, progress)
    except SpecError as error:
        found = trial.verdict(None, f"Could not be judged: {error}", {}, {})
    progress(1.0)
    return found
