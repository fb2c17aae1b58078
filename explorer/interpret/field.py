from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.inspections.wording import brief, listed
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, unheard
from explorer.interpret.of_many import asked, asked_field, maps_of, offered, reason_without_maps, said_of
from explorer.interpret.on_trial import Settings, settings_field
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.results.inspected import Inspected

ROOM = 0.08  # of the spread of the points, on each side of them
MOST_POINTS = 1000


@EXPLANATIONS.register("field")
class FieldOverPlane(Explanation):
    """Asks a method at every place of the plane instead of one point, and shows where which input counts.

    Facts: "title" of the method, "target", "unit", "signed", "names" of the inputs, "axes" of the plane, "labels" of the points.
    Arrays: `x`, `y` (cells,) the places; `values` (cells, cells, inputs) the numbers, row by row from the lowest y; `margin` (cells,
    cells) the target's score less the best of the others, where there are others; `points` (n, 2) and `marks` (n,), the examples and
    the number of their label; `point` (2,) the one that is selected.
    Source: Smilkov et al., "Direct-Manipulation Visualization of Deep Networks", 2016, for pictures of the plane.
    """

    group: ClassVar[str] = "Many examples"
    label: ClassVar[str] = "Field over the plane"
    slow: ClassVar[bool] = True
    fits: ClassVar[tuple[str, ...]] = ("points",)

    method: str = asked_field()
    cells: int = Field(24, ge=6, le=60, description="places along each side of the plane: more show finer shapes and take longer")
    settings: Settings = settings_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        if super().reason_not(subject):
            return super().reason_not(subject)
        if subject.training is None and subject.x.shape[1:] != (2,):
            return "It needs points of a plane: inputs of two numbers."
        return reason_without_maps(subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"method": offered(subject)}

    def passes(self, subject: Subject) -> int:
        return self.cells**2 * asked(subject, self.method, self.settings).passes(subject)

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        method = asked(subject, self.method, self.settings)
        target = subject.target(selection, subject.scores(subject.example(selection.example))[0])
        points = points_of(subject, selection)
        x, y = (_places(column, self.cells) for column in points.T)
        net = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)
        fed = fed_with(subject, net)
        values = maps_of(subject, method, fed, target, progress).reshape(self.cells, self.cells, -1)
        names = [subject.names[i] if i < len(subject.names) else f"input {i}" for i in range(values.shape[-1])]
        labels = list(dict.fromkeys(subject.truths[:MOST_POINTS]))
        marks = [labels.index(truth) for truth in subject.truths[:MOST_POINTS]] or [0] * len(points[:MOST_POINTS])
        arrays = {"x": x, "y": y, "values": values, "points": points[:MOST_POINTS], "point": points[selection.example]}
        arrays |= {"marks": np.array(marks, np.int32), **_margin(subject, fed, target, self.cells)}
        facts = {
            **said_of(subject, method, target),
            "names": names,
            "axes": names[:2] if values.shape[-1] == 2 else ["x", "y"],
            "labels": [label.removeprefix("class ") for label in labels],
            "example": subject.name_of(selection.example),
        }
        return Inspected(self.kind, subject.step, _words(facts, values), facts, {name: np.asarray(one) for name, one in arrays.items()})


def points_of(subject: Subject, selection: Selection) -> np.ndarray:
    """Where the examples lie in the plane, float32 (n, 2)."""
    if subject.training is None:
        return whole(subject.x)
    dataset = subject.training.state.dataset
    return (dataset.test if selection.part == "test" else dataset.train).raw


def fed_with(subject: Subject, points: np.ndarray) -> torch.Tensor:
    """Points of the plane (n, 2) as the network is fed them."""
    if subject.training is None:
        return torch.from_numpy(points).to(subject.x)
    return torch.from_numpy(subject.training.experiment.data.encode(points)).to(subject.x)


def _places(column: np.ndarray, cells: int) -> np.ndarray:
    low, high = float(column.min()), float(column.max())
    room = ROOM * (high - low or 1.0)
    return np.linspace(low - room, high + room, cells, dtype=np.float32)


def _margin(subject: Subject, fed: torch.Tensor, target: int, cells: int) -> dict[str, np.ndarray]:
    """By how much the target leads, where it has rivals."""
    scores = subject.scores(fed)
    if scores.shape[1] < 2:
        return {}
    others = scores.clone()
    others[:, target] = -torch.inf
    return {"margin": whole(scores[:, target] - others.max(1).values).reshape(cells, cells)}


def _words(facts: dict, values: np.ndarray) -> tuple[str, ...]:
    sizes = np.abs(values).mean((0, 1))
    order = np.argsort(-sizes, kind="stable")
    each = listed([f"{facts['names'][i]} ({brief(sizes[i])} {facts['unit']})" for i in order])
    strongest = np.abs(values).argmax(-1)
    leads = ", ".join(f"{facts['names'][i]} on {np.mean(strongest == i):.0%}" for i in order if (strongest == i).any())
    first = f"{facts['title']} over the plane, for the answer {facts['target']!r}: on average {each} count."
    return first, f"The largest of all at a place is {leads} of the plane.", facts["meaning"]
