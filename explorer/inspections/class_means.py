from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, unheard
from explorer.inspections.places import (
    inputs_of,
    labels_of,
    layer_field,
    numbers_up_to,
    outputs_at,
    pick,
    shown_of,
    spread,
    telling,
    units_first,
)
from explorer.inspections.wording import counted, share
from explorer.results.inspected import Inspected
from explorer.training.loop import Training


@INSPECTIONS.register("class_means")
class ClassMeans(Inspection):
    """What each unit of a layer gives on the average for the examples of every class.

    Feature maps and sequences count with their mean over all positions; where every step has a class of its own, step by step.
    Arrays: `means` and `deviations` (classes, shown units); `counts` (classes,) examples (or steps) of each class; `explained`
    (shown units,) the share of a unit's variance that goes with the class; `units` which are shown.
    """

    group: ClassVar[str] = "Activations"

    layer: str = layer_field()
    examples: int = Field(1000, ge=2, le=5000, description="how many test examples are averaged over, from the first on")

    @classmethod
    def reason_not(cls, training: Training) -> str:
        if MODEL in training.state.networks and training.state.dataset.problem in ("classification", "tagging"):
            return ""
        return "Means of classes need examples that each belong to one class; these data ask something else."

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(telling(training))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place, dataset = pick("layer", self.layer, telling(training)), training.state.dataset
        numbers = numbers_up_to(training, place.role, self.examples)
        y = dataset.test.y[numbers]
        outputs = outputs_at(training, [place], inputs_of(training, place.role, numbers), by_answer(y))[place.name]
        values, labels = labelled(outputs, y)
        explained = variance_explained(values, labels, dataset.classes)
        units = strongest(explained)
        absent = np.full(values.shape[1], np.nan)
        of_class = [values[labels == label] for label in range(dataset.classes)]
        arrays = {
            "means": np.stack([rows.mean(0) if len(rows) else absent for rows in of_class])[:, units],
            "deviations": np.stack([rows.std(0) if len(rows) else absent for rows in of_class])[:, units],
            "counts": np.array([len(rows) for rows in of_class]),
            "explained": explained[units],
            "units": units,
        }
        facts = {
            "layer": place.name,
            "classes": list(dataset.class_names),
            "units": values.shape[1],
            "names": labels_of(training, place, units, values.shape[1]),
            "examples": len(numbers),
        }
        return Inspected(self.kind, training.step, _words(place.name, explained, arrays, len(numbers)), facts, arrays)


def by_answer(y: np.ndarray) -> Callable[[torch.Tensor], torch.Tensor]:
    """What is kept of an output: (n, T, units) where each of T steps has an answer of its own, else (n, units), means over positions."""

    def keep(output: torch.Tensor) -> torch.Tensor:
        if y.ndim == 2 and output.dim() == 3 and output.shape[1] == y.shape[1]:
            return output
        return units_first(output).flatten(2).mean(2) if output.dim() > 2 else output

    return keep


def labelled(outputs: torch.Tensor, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One row (rows, units) for each label (rows,); an example's row is repeated for each of its steps that has a label."""
    rows = outputs.flatten(0, -2).numpy()
    return np.repeat(rows, y.size // len(rows), axis=0), y.ravel()


def variance_explained(values: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """(units,) variance of the class means around the mean of all, as a share of the whole variance (eta squared); 0 of a constant.

    Source: Fisher, "Statistical Methods for Research Workers", 1925.
    """
    centre, between = values.mean(0), np.zeros(values.shape[1])
    for label in range(classes):
        rows = values[labels == label]
        if len(rows):
            between += len(rows) * (rows.mean(0) - centre) ** 2
    whole = ((values - centre) ** 2).sum(0)
    return np.where(whole > 1e-12, between / np.maximum(whole, 1e-12), 0.0).clip(0, 1)


def strongest(explained: np.ndarray) -> np.ndarray:
    """Numbers of the units that are shown, in order: all, or those that go most with the class."""
    return np.sort(np.argsort(-explained, kind="stable")[: len(spread(len(explained)))])


def _words(layer: str, explained: np.ndarray, arrays: dict[str, np.ndarray], examples: int) -> tuple[str, ...]:
    best = int(explained.argmax())
    said = [
        f"Unit {best} of {layer} tells the classes apart best: {share(explained[best])} of how much it varies goes with the class. "
        f"On the average of the units of this layer it is {share(explained.mean())}.",
        f"Measured on {counted(examples, 'test example')}, {_of_each(arrays['counts'])} of each class.",
    ]
    rest = shown_of(len(arrays["units"]), len(explained), "units")
    return (*said, rest.replace("evenly spread", "those that go most with the class")) if rest else tuple(said)


def _of_each(counts: np.ndarray) -> str:
    """ "52 to 55", "300"."""
    return f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
