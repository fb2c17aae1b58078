from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.inspections.wording import brief, counted, listed
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, unheard
from explorer.interpret.counterfactual import place_name
from explorer.interpret.groups import MARK, grouped
from explorer.interpret.of_many import asked, asked_field, maps_of, offered, reason_without_maps, said_of
from explorer.interpret.on_trial import Settings, settings_field
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.results.inspected import Inspected

Arrays = dict[str, np.ndarray]
Told = tuple[list[str], Arrays]  # names of what is compared, and what was found for each


@EXPLANATIONS.register("importance")
class Importance(Explanation):
    """Asks a method about many examples and shows what counts in general, and how that depends on what is there.

    All are asked about one answer: the one that is selected, or the network's for the selected example. Facts: "form", "names".
    Arrays, by form: "columns": `values` (examples, names), their numbers, and `held`, what each example has there (0 for columns of
    words); of series the sums over time, and the mean over it. "tokens": `mean`, `size` (mean size) and `count`, for each token that
    occurs. "places": only `places` (rows, columns), the mean size at each place of a picture, or at each step and feature of a series.
    Source: Lundberg et al., "From Local Explanations to Global Understanding with Explainable AI for Trees", 2020.
    """

    group: ClassVar[str] = "Many examples"
    label: ClassVar[str] = "What counts in general"
    slow: ClassVar[bool] = True

    method: str = asked_field()
    count: int = Field(100, ge=2, le=2000, description="examples that are asked about, from the first on: more are surer and take longer")
    settings: Settings = settings_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or reason_without_maps(subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"method": offered(subject)}

    def passes(self, subject: Subject) -> int:
        return min(self.count, len(subject.x)) * asked(subject, self.method, self.settings).passes(subject)

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        method = asked(subject, self.method, self.settings)
        target = subject.target(selection, subject.scores(subject.example(selection.example))[0])
        x = subject.x[: self.count]
        values = maps_of(subject, method, x, target, progress)
        form, told = FORMS[subject.kind]
        names, arrays = told(subject, values)
        facts = {**said_of(subject, method, target), "input": subject.kind, "form": form, "names": names, "count": len(x)}
        return Inspected(self.kind, subject.step, _words(facts, arrays, subject), facts, arrays)


def _of_columns(subject: Subject, values: np.ndarray) -> Told:
    """Columns made of the words of one column are one."""
    parts, raw = grouped(subject).numpy(), subject.raw[: len(values)]
    members = [np.flatnonzero(parts == part) for part in dict.fromkeys(parts.tolist())]
    named = [*subject.names, *(f"input {i}" for i in range(len(subject.names), len(parts)))]
    names = [named[one[0]].partition(MARK)[0] if len(one) > 1 else named[one[0]] for one in members]
    sums = np.stack([values[:, one].sum(1) for one in members], 1)
    held = np.stack([raw[:, one[0]] if len(one) == 1 else np.zeros(len(raw)) for one in members], 1)
    return names, {"values": sums, "held": held.astype(np.float32)}


def _of_series(subject: Subject, values: np.ndarray) -> Told:
    names = [*subject.names, *(f"feature {i}" for i in range(len(subject.names), values.shape[2]))]
    held = subject.raw[: len(values)].mean(1).astype(np.float32)
    return names, {"values": values.sum(1), "held": held, "places": np.abs(values).mean(0)}


def _of_tokens(subject: Subject, values: np.ndarray) -> Told:
    tokens = subject.x[: len(values)].cpu().numpy()
    there, where, count = np.unique(tokens, return_inverse=True, return_counts=True)
    mean, size = (np.bincount(where.ravel(), part.ravel()) / count for part in (values, np.abs(values)))
    found = {"mean": mean.astype(np.float32), "size": size.astype(np.float32), "count": count.astype(np.int32)}
    return [subject.vocabulary[token] for token in there], found


def _of_places(subject: Subject, values: np.ndarray) -> Told:
    return [], {"places": np.abs(values.sum(1)).mean(0)}


FORMS: dict[str, tuple[str, Callable[[Subject, np.ndarray], Told]]] = {
    "table": ("columns", _of_columns),
    "points": ("columns", _of_columns),
    "series": ("columns", _of_series),
    "text": ("tokens", _of_tokens),
    "image": ("places", _of_places),
    "audio": ("places", _of_places),
}


def _words(facts: dict, arrays: Arrays, subject: Subject) -> tuple[str, ...]:
    asked_about = f"{facts['title']}, over {counted(facts['count'], subject.called)} and for the answer {facts['target']!r}:"
    unit = f" {facts['unit']}" if facts["unit"] else ""
    if facts["form"] == "places":
        high, wide = arrays["places"].shape
        row, column = divmod(int(arrays["places"].argmax()), wide)
        where = place_name(subject, (0, row, column)) if subject.hearing else f"row {row}, column {column} of {high} x {wide}"
        return f"{asked_about} what counts most is {where}: {brief(arrays['places'].max())}{unit}.", facts["meaning"]
    sizes = np.abs(arrays["values"]).mean(0) if facts["form"] == "columns" else arrays["size"]
    order = np.argsort(-sizes, kind="stable")
    most = listed([f"{facts['names'][i]!r} ({brief(sizes[i])}{unit})" for i in order[:5]])
    return f"{asked_about} what counts most, in mean size, is {most}.", facts["meaning"]
