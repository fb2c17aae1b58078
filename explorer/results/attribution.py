"""What every part of one input counts for in one answer of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.results.inspected import Inspected

DRAWN = "attribution"  # how such a record is drawn, whatever the method


@dataclass(frozen=True)
class Attribution:
    """A map over one input, with all that is needed to read its numbers.

    Attributes:
        method: kind of the method.
        step: of the run that was looked at; 0 for what was not trained here.
        input: "image", "audio", "table", "text", "series" or "points".
        values: float32, one number for each part of the input, of its `axes`.
        axes: their names: "channels", "height", "width", "time", "features".
        signed: whether numbers below 0 speak against the target; else only the size says something.
        meaning: what one number is, in a sentence.
        unit: of the numbers.
        target: which answer was explained.
        example: which example, in words.
        output: the target's score for it.
        score_unit: of that score.
        baseline: what the input was compared with, in words; "" where with nothing.
        baseline_output: the target's score for that.
        gap: sum of the values less the difference they ought to add up to; None where they need not add up to anything.
        passes: rows that went forward through the network.
        words: sentences that say what was found.
        facts: more, as plain JSON data: "names" of features, "tokens" of a text, "answers" as (name, score, probability or None).
        arrays: "input": what is explained, in its own units; more where a method has more.
    """

    method: str
    step: int
    input: str
    values: np.ndarray
    axes: tuple[str, ...]
    signed: bool
    meaning: str
    unit: str
    target: str
    example: str
    output: float
    score_unit: str = ""
    baseline: str = ""
    baseline_output: float | None = None
    gap: float | None = None
    passes: int = 0
    words: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)

    def to_inspected(self) -> Inspected:
        """As the record every look into a network ends in."""
        named = {name: getattr(self, name) for name in NAMED}
        facts = {**self.facts, "drawn": DRAWN, **named, "axes": list(self.axes)}
        return Inspected(self.method, self.step, self.words, facts, {**self.arrays, "values": self.values})

    @classmethod
    def from_inspected(cls, found: Inspected) -> Attribution:
        """The inverse of `to_inspected`."""
        facts, arrays = dict(found.facts), dict(found.arrays)
        del facts["drawn"]
        named = {name: facts.pop(name) for name in NAMED}
        axes = tuple(facts.pop("axes"))
        return cls(found.kind, found.step, values=arrays.pop("values"), axes=axes, words=found.words, facts=facts, arrays=arrays, **named)


def together(maps: Sequence[Attribution]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Several maps as the facts and arrays of one record; what was explained is stored once."""
    found = [one.to_inspected() for one in maps]
    shared = {f"shared/{name}": array for name, array in maps[0].arrays.items() if name in SHARED} if maps else {}
    arrays = {f"{i}/{name}": array for i, one in enumerate(found) for name, array in one.arrays.items() if name not in SHARED}
    return {"maps": [{"kind": one.kind, "words": list(one.words), "facts": dict(one.facts)} for one in found]}, {**shared, **arrays}


def apart(found: Inspected) -> list[Attribution]:
    """The maps of a record that `together` made."""
    shared = {name.removeprefix("shared/"): array for name, array in found.arrays.items() if name.startswith("shared/")}
    maps = []
    for i, one in enumerate(found.facts["maps"]):
        own = {name.removeprefix(f"{i}/"): array for name, array in found.arrays.items() if name.startswith(f"{i}/")}
        maps.append(Attribution.from_inspected(Inspected(one["kind"], found.step, tuple(one["words"]), one["facts"], {**shared, **own})))
    return maps


SHARED = ("input", "planted", "whole")  # arrays that are the same for every map of one example
NAMED = ("input", "signed", "meaning", "unit", "target", "example", "output", "score_unit", "baseline", "baseline_output", "gap", "passes")
