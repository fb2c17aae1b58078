"""A map and the trials it is put through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pydantic import Field

from explorer.errors import SpecError
from explorer.experiment.record import validated
from explorer.inspections.wording import listed
from explorer.interpret.base import EXPLANATIONS, Explanation, Map, Progress, described, pictured, unheard
from explorer.interpret.selection import NAME, Selection
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Trial, fitting, judge
from explorer.results.inspected import Inspected
from explorer.results.verdict import Verdict, packed

Settings = tuple[tuple[str, bool | int | float | str], ...]
USUAL = "integrated_gradients"  # stands trial where no method is named, if it fits
SETTING = 40  # characters of the name of a setting


def method_field() -> Any:
    """The field that names the method that stands trial."""
    return Field("", title="Map by", max_length=NAME, description="the method whose map is put on trial; empty: the first that fits")


def settings_field() -> Any:
    """The field that holds the method's own settings."""
    return Field((), max_length=SETTING, description="fields of the method that are not as they are at first, as pairs of name and value")


@EXPLANATIONS.register("on_trial")
class OnTrial(Explanation):
    """Puts a map through the quick trials: what becomes of it, and of the answer, when the input or the network changes.

    Each trial says yes, no or neither, with its numbers; whatever has one is held against a random control. Facts: "verdicts", one for
    each trial; "left_out": trial -> why it does not fit this method. Arrays: "trial/name", as the trial says.
    Source: Adebayo et al., "Sanity Checks for Saliency Maps", 2018, and others, as each trial says.
    """

    group: ClassVar[str] = "On trial"
    label: ClassVar[str] = "Quick trials"

    method: str = method_field()
    trials: tuple[str, ...] = Field((), max_length=20, description="which trials; empty: all that are quick and fit")
    settings: Settings = settings_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return reason_without_methods(cls, subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"method": quick_methods(subject), "trials": [name for name, trial in TRIALS.items() if trial.cheap]}

    def passes(self, subject: Subject) -> int:
        method = method_of(subject, self.method, self.settings)
        return sum(TRIALS[name]().passes(method, subject) for name in fitting(method, subject, cheap=True))

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        method = method_of(subject, self.method, self.settings)
        slow = [name for name in self.trials if not TRIALS[name].cheap]
        if slow:
            raise SpecError(f"{listed(slow)} trains networks and takes its time: ask for a cross-examination instead.")
        trials = [TRIALS[name]() for name in self.trials or _all(cheap=True)]
        return tried(self.kind, subject, method, (selection, trials), progress)


def tried(kind: str, subject: Subject, method: Map, asked: tuple[Selection, Sequence[Trial]], progress: Progress) -> Inspected:
    """The record of a map's trials. Raises SpecError where none fits, or there is no map."""
    selection, trials = asked
    left_out = {trial.kind: trial.reason_not(method, subject) for trial in trials}
    left_out = {name: reason for name, reason in left_out.items() if reason}
    if len(left_out) == len(trials):
        raise SpecError(f"None of these trials fits {method.title()} here: {' '.join(left_out.values())}")
    verdicts = judge(subject, method, selection, trials, progress)
    plain, arrays = packed(verdicts)
    scores = subject.scores(subject.example(selection.example))[0]
    facts = {
        "drawn": "on_trial",
        "method": method.kind,
        "title": method.title(),
        "target": subject.targets[subject.target(selection, scores)],
        "example": subject.name_of(selection.example),
        "score_unit": subject.unit,
        "verdicts": plain,
        "left_out": left_out,
        **described(subject, selection.example, scores),
    }
    return Inspected(kind, subject.step, _words(method, verdicts), facts, {**pictured(subject, selection.example), **arrays})


def _words(method: Map, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    passed, failed = (sum(one.passed is outcome for one in verdicts) for outcome in (True, False))
    unclear = len(verdicts) - passed - failed
    counts = f"{passed} passed, {failed} failed" + (f", {unclear} without a yes or no" if unclear else "")
    return (f"{method.title()} on trial: {counts}.", *(f"{one.title}: {one.words}" for one in verdicts))


def maps(subject: Subject) -> dict[str, type[Map]]:
    """Kind -> every method of attribution that fits and explains the answer, the usual one first.

    Those that explain one unit inside have no answer to try.
    """
    names = sorted(EXPLANATIONS, key=lambda name: (name != USUAL, name))
    there = {name: kind for name in names if issubclass(kind := EXPLANATIONS[name], Map) and "unit" not in kind.wants}
    return {name: kind for name, kind in there.items() if not kind.reason_not(subject)}


def quick_methods(subject: Subject) -> list[str]:
    """Kinds of the methods that fit and do not take their time."""
    return [name for name, kind in maps(subject).items() if not kind.slow]


def method_of(subject: Subject, name: str, settings: Settings = ()) -> Map:
    """The method of that name with its settings; the first quick one that fits where none is named. Raises SpecError."""
    there = maps(subject)
    wanted = name or next(iter(quick_methods(subject)), "")
    if wanted not in there:
        raise SpecError(_no_method(subject, wanted))
    return validated(there[wanted](), dict(settings))


def _no_method(subject: Subject, name: str) -> str:
    kind: Any = EXPLANATIONS[name] if name else None  # says so itself where there is none such
    if kind is None:
        return "No method of attribution fits this network and these inputs."
    if not issubclass(kind, Map) or "unit" in kind.wants:
        return f"{kind.title()} gives no map of the answer that could be put on trial. There are: {listed(list(maps(subject)))}."
    return f"{kind.title()} does not fit: {kind.reason_not(subject)}"


def reason_without_methods(cls: type[Explanation], subject: Subject) -> str:
    """Why there is nothing to be put on trial; "" where there is."""
    return "" if quick_methods(subject) else "No method of attribution that could be put on trial fits this network and these inputs."


def _all(cheap: bool) -> Iterable[str]:
    return [name for name, trial in TRIALS.items() if trial.cheap == cheap]
