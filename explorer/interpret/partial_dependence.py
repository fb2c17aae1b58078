from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.errors import SpecError
from explorer.inspections.wording import brief, share
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, counted, described, unheard
from explorer.interpret.groups import MARK, column_name, grouped, two_valued
from explorer.interpret.ranges import own_units
from explorer.interpret.selection import NAME, Selection
from explorer.interpret.subject import Subject, whole
from explorer.results.inspected import Inspected

FEW = 10  # different values of a column up to which each is asked about
LINES = 40  # examples whose own lines are drawn
FLAT = 1e-6  # of the answer's size: differences below are none


@dataclass(frozen=True)
class Asked:
    """Which columns are set to what: rows of values (k, columns), and what they are called where they are words.

    Attributes:
        columns: int64 numbers of the columns.
        values: as the network is fed them.
        words: one for each row; empty where `own` are numbers in the column's own unit.
        own: float (k,).
    """

    columns: torch.Tensor
    values: torch.Tensor
    words: tuple[str, ...]
    own: np.ndarray


@EXPLANATIONS.register("partial_dependence")
class PartialDependence(Explanation):
    """Sets one column of many examples to one value after the other, and draws how the answer goes: each example's line, and their mean.

    The mean (partial dependence) says what the column does on average; lines that are not parallel (individual conditional expectation)
    say that what it does depends on the other columns. Values are quantiles of the training examples, so that they lie where data are;
    together with the rest of an example they may still be what never occurs.
    Source: Friedman, "Greedy Function Approximation", 2001; Goldstein et al., "Peeking Inside the Black Box", 2015.
    """

    group: ClassVar[str] = "What if"
    label: ClassVar[str] = "Partial dependence and ICE"
    fits: ClassVar[tuple[str, ...]] = ("table", "points")

    feature: str = Field("", max_length=NAME, description="the column or coordinate that is set; empty: the first")
    grid: int = Field(24, ge=2, le=200, description="values it is set to: quantiles of the training examples")
    centred: bool = Field(False, description="let all lines begin at 0, so that it is seen whether they are parallel")

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        none = "It sets a column of training examples to other values, and there are no training examples here."
        return super().reason_not(subject) or ("" if len(subject.background) else none)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"feature": list(features(subject))}

    def passes(self, subject: Subject) -> int:
        return (len(subject.background) + 1) * self.grid

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        x = subject.example(selection.example)
        scores = subject.scores(x)[0]
        target, asked = subject.target(selection, scores), self._asked(subject)
        with counted(subject, len(asked.values) * (len(subject.background) + 1), progress) as count:
            lines = answered(subject, torch.cat([subject.background, x]), asked, target)
        lines = lines - lines[:, :1] if self.centred else lines
        every, own = lines[:-1], lines[-1]
        facts = {
            **described(subject, selection.example, scores),
            "feature": self.feature or next(iter(features(subject))),
            "target": subject.targets[target],
            "unit": subject.unit,
            "categories": list(asked.words),
            "centred": self.centred,
            "examples": len(every),
            "name": subject.name_of(selection.example),
            "passes": count(),
        }
        shown = np.linspace(0, len(every) - 1, min(LINES, len(every))).round().astype(int)
        column = asked.columns[:1] if not asked.words else asked.columns
        arrays = {
            "grid": asked.own,
            "mean": every.mean(0),
            "low": np.quantile(every, 0.1, axis=0),
            "high": np.quantile(every, 0.9, axis=0),
            "lines": every[shown],
            "own": own,
            "at": _where(subject, selection.example, asked),
            "known": own_units(subject, whole(subject.background))[:, int(column[0])] if not asked.words else np.zeros(0),
        }
        arrays = {name: np.asarray(array, dtype=np.float32) for name, array in arrays.items()}
        return Inspected(self.kind, subject.step, self._words(facts, arrays, every), facts, arrays)

    def _asked(self, subject: Subject) -> Asked:
        """Raises SpecError where there is no such column."""
        there = features(subject)
        name = self.feature or next(iter(there))
        if name not in there:
            some = ", ".join(list(there)[:12])
            raise SpecError(
                f"Partial dependence: there is no column named {name[:40]!r} here. There are: {some}{', …' * (len(there) > 12)}."
            )
        columns = there[name]
        seen = subject.background[:, columns]
        if len(columns) > 1:
            rows = seen.unique(dim=0)
            order = rows.argmax(1).argsort()
            words = tuple(column_name(subject, int(columns[at])).partition(MARK)[2] for at in rows.argmax(1)[order].tolist())
            return Asked(columns, rows[order], words, np.arange(len(words), dtype=float))
        values = quantiles(seen[:, 0], self.grid)
        filled = subject.background[:1].expand(len(values), -1).clone()
        filled[:, columns[0]] = values
        own = own_units(subject, whole(filled))[:, int(columns[0])]
        words = tuple(f"{value:.4g}" for value in own) if two_valued(subject, int(columns[0])) else ()
        return Asked(columns, values[:, None], words, np.arange(len(words), dtype=float) if words else own)

    def _words(self, facts: dict, arrays: dict[str, np.ndarray], every: np.ndarray) -> tuple[str, ...]:
        mean, unit = arrays["mean"], facts["unit"]
        name, target, examples = facts["feature"], facts["target"], facts["examples"]
        first = f"What {name!r} does to the answer {target!r}, over {examples} training examples."
        size = float(np.abs(every).max()) or 1.0
        if float(np.ptp(every, axis=1).max()) <= FLAT * size:
            return first, "Nothing: whatever it is set to, no answer moves."
        spots = facts["categories"] or [brief(value) for value in arrays["grid"]]
        low, high = int(mean.argmin()), int(mean.argmax())
        most = f"{brief(mean[high])} {unit}".strip()
        span = f"On average the score goes from {brief(mean[low])} (at {spots[low]}) to {most} (at {spots[high]})."
        return first, span, _parallel(every)


def features(subject: Subject) -> dict[str, torch.Tensor]:
    """Name -> numbers of its columns: all that were made of one column of words together."""
    if subject.kind == "points":
        return {column_name(subject, at): torch.tensor([at]) for at in range(subject.x.shape[1])}
    groups = grouped(subject)
    every = [(groups == number).nonzero().flatten() for number in range(int(groups.max()) + 1)]
    return {_named(subject, columns): columns for columns in every}


def _named(subject: Subject, columns: torch.Tensor) -> str:
    name = column_name(subject, int(columns[0]))
    return name.partition(MARK)[0] if len(columns) > 1 else name


def quantiles(values: torch.Tensor, count: int) -> torch.Tensor:
    """At most so many different values (k,), rising: quantiles; all there are, where they are few."""
    different = values.unique()
    return different if len(different) <= FEW else torch.quantile(values.double(), torch.linspace(0, 1, count).double()).to(values).unique()


def answered(subject: Subject, x: torch.Tensor, asked: Asked, target: int) -> np.ndarray:
    """(n, k) the target's scores for inputs (n, columns), set to each of k values."""
    changed = x.repeat_interleave(len(asked.values), 0)
    changed[:, asked.columns] = asked.values.repeat(len(x), 1)
    return whole(subject.scores(changed)[:, target].reshape(len(x), -1))


def _where(subject: Subject, number: int, asked: Asked) -> np.ndarray:
    """Where the example itself lies on the axis, (1,)."""
    if asked.words:
        mine = subject.x[number, asked.columns]
        return np.array([float((asked.values - mine).abs().sum(1).argmin())])
    return own_units(subject, whole(subject.x[number : number + 1]))[:, int(asked.columns[0])]


def _parallel(every: np.ndarray) -> str:
    """Whether all examples agree, in a sentence."""
    shape = every - every.mean(1, keepdims=True)
    total, apart = float(shape.var()), float((shape - shape.mean(0)).var())
    if apart <= FLAT * max(total, 1e-30):
        return "All lines are parallel: what it does does not depend on the other columns."
    return (
        f"Lines are not parallel: {share(apart / total)} of their movement is not that of the mean, "
        "so that what it does depends on the other columns."
    )
