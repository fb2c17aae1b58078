"""What was looked at stays chosen when another question is asked: the layer, the unit, the weight, the example.

Decided: what an answer was about is remembered, and given to the next question that has such a field and where it fits.
Because: one follows one weight from the loss to its update, or one layer from its numbers to its gradients; each question alone would begin
    again with what is most telling there.
Instead of: one choice for all questions, half of which would not fit most of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from explorer.errors import SpecError
from explorer.experiment.record import validated
from explorer.interpret.selection import Selection, selected

if TYPE_CHECKING:
    from explorer.inspections import Inspection

TEST_EXAMPLE = "number of the test example, counted from 0"  # what a question calls one
OF = {"layer": "", "unit": "layer", "target": "", "place": "target", "example": ""}  # field -> the field that it belongs to


@dataclass
class Seen:
    """What the newest answers were about.

    Attributes:
        values: field -> what it held, or what the answer chose where it was left empty.
        meanings: field -> what it means in the question that was asked: a test example is no training example.
    """

    values: dict[str, Any] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)

    def note(self, asked: Inspection, facts: Mapping[str, Any]) -> None:
        """Remember what an answer is about."""
        there = {name: _told(getattr(asked, name), facts.get(name)) for name in OF if name in type(asked).model_fields}
        for name, base in OF.items():
            if base in there and name not in there and there[base] != self.values.get(base):
                self.values.pop(name, None)  # a unit of another layer
        self.values |= there
        self.meanings |= {name: _meaning(type(asked), name) for name in there}

    def given_to(self, asked: Inspection, choices: Mapping[str, Sequence[str]]) -> Inspection:
        """The question about what was seen, as far as it has fields for that and it can be chosen there."""
        wanted: dict[str, Any] = {}
        for name, base in OF.items():
            if name in self.values and self._fits(asked, name, choices) and (not base or base in wanted):
                wanted[name] = self.values[name]
        try:
            return validated(asked, wanted)
        except SpecError:
            return asked

    def selected(self, before: Selection) -> Selection:
        """What was seen, as what is to be explained: the test example, the layer and the unit, as far as there are such."""
        wanted: dict[str, Any] = {name: self.values[name] for name in ("layer", "unit") if name in self.values}
        if self.meanings.get("example") == TEST_EXAMPLE and "example" in self.values:
            wanted |= {"example": self.values["example"], "part": "test"}
        try:
            return selected({**before.model_dump(), **wanted})
        except SpecError:
            return before

    def select(self, selection: Selection) -> None:
        """Take over what was explained."""
        if selection.part == "test":
            self.values["example"], self.meanings["example"] = selection.example, TEST_EXAMPLE
        if selection.layer:
            self.values |= {"layer": selection.layer, "unit": selection.unit}

    def _fits(self, asked: Inspection, name: str, choices: Mapping[str, Sequence[str]]) -> bool:
        if name not in type(asked).model_fields or (name in choices and self.values[name] not in choices[name]):
            return False
        return name in choices or bool(OF[name]) or self.meanings[name] == _meaning(type(asked), name)


def _told(wanted: Any, chosen: Any) -> Any:
    """What a field holds; where it is empty, what the answer chose, as one would write it."""
    if wanted != "" or chosen is None:
        return wanted
    return ", ".join(map(str, chosen)) if isinstance(chosen, list) else chosen


def _meaning(question: type[Inspection], name: str) -> str:
    return question.model_fields[name].description or ""
