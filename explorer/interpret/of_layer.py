"""What each unit of a layer counts for in one answer: what the methods share that ask it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import torch

from explorer.errors import SpecError
from explorer.inspections.wording import brief, counted, share
from explorer.interpret.base import Explanation, Progress, described, unheard
from explorer.interpret.base import counted as counting
from explorer.interpret.layered import NO_LAYERS, Layer, layer_named, names_of, unit_names
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.results.inspected import Inspected

DRAWN = "of_layer"
MOST_MAPS = 16  # units whose maps are kept: those that count most
EMPTY = 1e-12  # sizes below are no difference


class OfLayer(Explanation):
    """An explanation that gives every unit of a layer a number.

    Arrays: `values` (units,), of a unit with many positions their sum; `activations` (units,), the means of what they give; `shown`
    numbers of the units that count most; `maps` (shown, height, width) or (shown, steps), where units have positions.
    """

    group: ClassVar[str] = "Layers and units"
    gradients: ClassVar[bool] = True
    wants: ClassVar[tuple[str, ...]] = ("layer",)
    meaning: ClassVar[str] = ""  # what one number is, in a sentence

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or ("" if names_of(subject) else NO_LAYERS)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"layer": names_of(subject)}

    @abstractmethod
    def of_outputs(self, subject: Subject, layer: Layer, x: torch.Tensor, target: int) -> torch.Tensor:
        """A number for everything the layer gives for inputs x (n, *shape): (n, ...), detached."""

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor | None:
        """Smooth inputs that `x` is compared with, where the numbers add up to the difference of the two scores; None: they do not."""
        return None

    def compared(self, subject: Subject) -> str:
        """What inputs are compared with, in words."""
        return ""

    def unit(self, subject: Subject) -> str:
        """Of the numbers."""
        return subject.unit

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        x = subject.example(selection.example)
        scores = subject.scores(x)[0]
        subject = subject.at(x)
        layer, target = layer_named(subject, selection.layer), subject.target(selection, scores)
        with counting(subject, self.passes(subject), progress), torch.backends.cudnn.flags(enabled=False), torch.enable_grad():
            numbers = self.sound(self.of_outputs(subject, layer, x, target).detach())
        facts = {
            **described(subject, selection.example, scores),
            "drawn": DRAWN,
            "layer": layer.name,
            "form": layer.form,
            "units": unit_names(subject, layer),
            "unit": self.unit(subject),
            "target": subject.targets[target],
            "example": subject.name_of(selection.example),
            "difference": self._difference(subject, x, target, float(scores[target])),
        }
        arrays = _arrays(numbers, layer)
        return Inspected(self.kind, subject.step, self._words(subject, facts, arrays["values"]), facts, arrays)

    def sound(self, numbers: torch.Tensor) -> torch.Tensor:
        """The same numbers. Raises SpecError where one is not finite."""
        if not bool(numbers.isfinite().all()):
            raise SpecError(
                f"{self.title()} found numbers that are not finite for this network: its weights or gradients have left their healthy "
                "range. Choose an earlier step."
            )
        return numbers

    def _difference(self, subject: Subject, x: torch.Tensor, target: int, score: float) -> float | None:
        reference = self.reference(subject, x)
        if reference is None:
            return None
        with torch.no_grad():
            return score - float(subject.sound(subject.path(reference))[0, target])

    def _words(self, subject: Subject, facts: dict, values: np.ndarray) -> tuple[str, ...]:
        said = [f"{self.title()}: the units of {facts['layer']}, for {facts['example']} and the answer {facts['target']!r}."]
        size = np.abs(values)
        if size.max(initial=0.0) <= EMPTY:
            return (*said, "Every number is 0: by this measure no unit of this layer matters to this answer.")
        said += [self.meaning, _strongest(facts["units"], values)]
        if facts["form"] != "numbers":
            said.append("A unit with many positions counts with the sum over all of them.")
        if facts["difference"] is not None:
            said.append(
                f"The numbers add up to {brief(values.sum())}; the score and that of {self.compared(subject)} differ by "
                f"{brief(facts['difference'])}. Where the two disagree, a part of the answer goes past this layer, or the steps are few."
            )
        return tuple(said)


def _arrays(numbers: torch.Tensor, layer: Layer) -> dict[str, np.ndarray]:
    values = layer.by_unit(numbers[:1]).sum(0)
    shown = values.abs().argsort(descending=True, stable=True)[:MOST_MAPS]
    arrays = {"values": whole(values), "activations": whole(layer.by_unit(layer.output).mean(0)), "shown": shown.cpu().numpy()}
    return arrays if layer.form == "numbers" else {**arrays, "maps": whole(layer.units_first(numbers)[0, shown])}


def _strongest(names: list[str], values: np.ndarray) -> str:
    size = np.abs(values)
    order = np.argsort(-size, kind="stable")
    half = int(np.searchsorted(np.cumsum(size[order]), size.sum() / 2)) + 1
    most = int(order[0])
    way = "for" if values[most] > 0 else "against"
    return (
        f"{names[most][:1].upper()}{names[most][1:]} counts most: {brief(values[most])}, {way} the answer. "
        f"Half of all of it lies on {counted(half, 'unit')} of {len(values)}, and {share((values == 0).mean())} of the units count nothing."
    )
