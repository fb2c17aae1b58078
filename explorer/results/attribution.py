"""What every part of one input counts for in one answer of a network."""

from __future__ import annotations

from collections.abc import Mapping
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


NAMED = ("input", "signed", "meaning", "unit", "target", "example", "output", "score_unit", "baseline", "baseline_output", "gap", "passes")
