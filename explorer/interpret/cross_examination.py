"""The trials of a map that take their time."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from explorer.experiment.record import validated
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, unheard
from explorer.interpret.on_trial import Settings, maps, method_field, method_of, reason_without_methods, settings_field, tried
from explorer.interpret.retraining import not_trained_here
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Trial, fitting
from explorer.results.inspected import Inspected


@EXPLANATIONS.register("cross_examination")
class CrossExamination(Explanation):
    """Trains the network again, with shuffled labels and with other seeds, and asks whether the map is another one.

    A map ought to change with the labels, and to stay with the seed. Facts and arrays as those of the quick trials.
    Source: Adebayo et al., "Sanity Checks for Saliency Maps", 2018.
    """

    group: ClassVar[str] = "On trial"
    slow: ClassVar[bool] = True

    method: str = method_field()
    trials: tuple[str, ...] = Field((), max_length=20, description="which trials; empty: all that train networks and fit")
    seeds: int = Field(3, ge=1, le=20, description="networks that are trained with other seeds, or with labels shuffled another way")
    steps: int = Field(1000, ge=1, le=100_000, description="updates that a network is trained for at most; never more than this one was")
    settings: Settings = settings_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return not_trained_here(subject) or reason_without_methods(cls, subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"method": list(maps(subject)), "trials": list(TRIALS)}

    def passes(self, subject: Subject) -> int:
        method = method_of(subject, self.method, self.settings)
        return sum(TRIALS[name]().passes(method, subject) for name in fitting(method, subject, cheap=False))

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        method = method_of(subject, self.method, self.settings)
        names = self.trials or tuple(name for name, trial in TRIALS.items() if not trial.cheap)
        return tried(self.kind, subject, method, (selection, [self._thorough(TRIALS[name]()) for name in names]), progress)

    def _thorough(self, trial: Trial) -> Trial:
        """The trial with as many networks and steps as are asked for, where it has such fields."""
        wanted = {"seeds": self.seeds, "shuffles": min(self.seeds, 10), "steps": self.steps}
        return validated(trial, {name: value for name, value in wanted.items() if name in type(trial).model_fields})
