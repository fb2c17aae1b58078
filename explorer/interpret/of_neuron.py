"""Maps over the input for one unit of a layer: what the methods share that look at one.

Decided: a unit with many positions is looked at where it is largest for the example.
Because: that is one number, which a slope and a share can be told of exactly, and it is the place that made the unit go on.
Instead of: the mean over all positions, most of which show what the unit did not find.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch

from explorer.inspections.wording import brief
from explorer.interpret.base import Map
from explorer.interpret.layered import NO_LAYERS, Layer, largest_place, layer_named, names_of, outputs_of, place_words, unit_of
from explorer.interpret.subject import Subject

Place = tuple[int, ...]


class OfNeuron(Map):
    """A map for the unit that is selected."""

    group: ClassVar[str] = "Layers and units"
    gradients: ClassVar[bool] = True
    wants: ClassVar[tuple[str, ...]] = ("layer", "unit")

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or ("" if names_of(subject) else NO_LAYERS)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"layer": names_of(subject)}

    @abstractmethod
    def of_place(self, subject: Subject, layer: Layer, place: Place, one: torch.Tensor, target: int) -> torch.Tensor:
        """Numbers for the smooth input made of one input (1, *shape), for one place of a layer's output."""

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        layer, place = self._looked_at(subject, x)
        return f"{super().means(subject, x).format(place_words(layer, place))} {self._given(subject, layer, x)}"

    def _given(self, subject: Subject, layer: Layer, x: torch.Tensor) -> str:
        """What the unit gives for an input (1, *shape), in a sentence, and which gives most: one that gives nothing has an empty map."""
        most = layer.by_unit(outputs_of(subject, layer, x)).amax(0)
        unit, best = unit_of(layer, subject.chosen_unit), int(most.argmax())
        said = f"For this example the unit gives {brief(most[unit])}"
        return f"{said}, the most of its layer." if unit == best else f"{said}; most is given by unit {best}, {brief(most[best])}."

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        rows = []
        for one in x.split(1):
            layer, place = self._looked_at(subject, one)
            values = self.of_place(subject.at(one), layer, place, one, target)
            rows.append(subject.lengths(values) if self.rates else subject.gathered(values))
        return torch.cat(rows)

    def _looked_at(self, subject: Subject, one: torch.Tensor) -> tuple[Layer, Place]:
        layer = layer_named(subject, subject.chosen)
        return layer, largest_place(layer, outputs_of(subject, layer, one), unit_of(layer, subject.chosen_unit))
