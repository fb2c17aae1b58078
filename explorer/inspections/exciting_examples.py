from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.places import (
    Place,
    by_unit,
    classes_of,
    inputs_of,
    layer_field,
    numbers_up_to,
    outputs_at,
    pick,
    require_unit,
    sees_data,
    telling,
    truth_of,
    unit_field,
    units_first,
)
from explorer.inspections.wording import brief, counted, listed, plain_list
from explorer.results.dataset import Dataset
from explorer.results.inspected import Inspected
from explorer.training.loop import Training


@INSPECTIONS.register("exciting_examples")
class ExcitingExamples(Inspection):
    """The test examples for which a unit of a layer gives the largest numbers.

    A feature map or a sequence counts with its largest number. Arrays: `numbers` (n,) of the examples, the most exciting first;
    `values` (n,) what the unit gives; `inputs` (n, ...) the examples in their own units; `maps` (n, height, width) or (n, steps)
    where the unit gives one number for each place; `all` (examples,) what it gives for every one that was tried; `points`
    (examples, 2) where those lie, if they are points of the plane.
    """

    group: ClassVar[str] = "Activations"

    layer: str = layer_field()
    unit: int = unit_field()
    count: int = Field(8, ge=1, le=32, description="how many examples are shown")
    examples: int = Field(2000, ge=1, le=5000, description="how many test examples are tried, from the first on")

    @classmethod
    def reason_not(cls, training: Training) -> str:
        if any(sees_data(training, role) for role in training.state.networks):
            return ""
        return "These networks are fed noise, not examples: there is nothing that could excite a unit."

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(_there(training))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("layer", self.layer, _there(training))
        numbers = numbers_up_to(training, place.role, self.examples)
        units: list[int] = []
        outputs = outputs_at(training, [place], inputs_of(training, place.role, numbers), self._of_unit(place, units))[place.name]
        values = outputs.reshape(len(outputs), -1).amax(1).numpy()
        first = np.argsort(-values, kind="stable")[: self.count]
        dataset, form = training.state.dataset, form_of(training.state.dataset)
        arrays = {"numbers": numbers[first], "values": values[first], "inputs": dataset.test.raw[first], "all": values}
        if form == "points":
            arrays["points"] = dataset.test.raw[numbers]
        if outputs.dim() > 1:
            arrays["maps"] = outputs[torch.from_numpy(first)].numpy()
        facts = {
            "layer": place.name,
            "unit": self.unit,
            "called": self._called(training, place, units[0]),
            "constant": bool(np.ptp(values) == 0),
            "form": form,
            "classes": [truth_of(training, int(number)) for number in numbers[first]],
            **SEEN[form](dataset, first),
        }
        return Inspected(self.kind, training.step, self._words(facts["called"], arrays, facts["classes"]), facts, arrays)

    def _called(self, training: Training, place: Place, units: int) -> str:
        """ "unit 3 of output_1 (class cat)"."""
        classes = classes_of(training, place, units)
        return f"unit {self.unit} of {place.name}" + (f" (class {classes[self.unit]})" if classes else "")

    def _of_unit(self, place: Place, units: list[int]) -> Callable[[torch.Tensor], torch.Tensor]:
        """What is kept of an output: the chosen unit's numbers, (n, ...); how many units there are is added to `units`."""

        def keep(output: torch.Tensor) -> torch.Tensor:
            units.append(by_unit(output[:1]).shape[1])
            require_unit(place, self.unit, units[-1])
            return units_first(output)[:, self.unit]

        return keep

    def _words(self, called: str, arrays: dict[str, np.ndarray], classes: list[str]) -> tuple[str, ...]:
        most, every, values = int(arrays["numbers"][0]), arrays["all"], arrays["values"]
        called = f"{called[0].upper()}{called[1:]}"
        if np.ptp(every) == 0:
            said = f"{called} gives the same for all of {counted(len(every), 'test example')}: {brief(values[0])}."
            return (said, "None excites it more than another, so there is nothing to show. Choose another unit, or another step.")
        said = [
            f"{called} gives most for test example {most}: {brief(values[0])}. "
            f"Over {counted(len(every), 'test example')} its largest numbers have the mean {brief(every.mean())} "
            f"and the standard deviation {brief(every.std())}."
        ]
        if classes[0]:
            counts = Counter(classes).most_common()
            said.append(f"The {len(classes)} that excite it most are of {listed([f'class {name} ({n})' for name, n in counts])}.")
        return tuple(said)


def _there(training: Training) -> dict[str, Place]:
    return {name: place for name, place in telling(training).items() if sees_data(training, place.role)}


def form_of(dataset: Dataset) -> str:
    """What an example is to the eye: "points", "pictures", "tokens", "series" or "values"."""
    if dataset.coordinates == 2:
        return "points"
    if dataset.input_shape.is_image:
        return "pictures"
    if dataset.input_shape.vocabulary:
        return "tokens"
    return "series" if "time" in dataset.input_shape.axes else "values"


def _tokens(dataset: Dataset, numbers: np.ndarray) -> dict[str, Any]:
    return {"tokens": [[dataset.vocabulary[token] for token in row] for row in dataset.test.raw[numbers].tolist()]}


def _values(dataset: Dataset, numbers: np.ndarray) -> dict[str, Any]:
    """Names of the numbers, and their mean and deviation over the test part, so that what is unusual can be seen."""
    rows = dataset.test.raw.reshape(len(dataset.test), -1)
    return {"names": list(dataset.input_names), "means": plain_list(rows.mean(0)), "deviations": plain_list(rows.std(0))}


def _names(dataset: Dataset, numbers: np.ndarray) -> dict[str, Any]:
    return {"names": list(dataset.input_names)}


SEEN: dict[str, Callable[[Dataset, np.ndarray], dict[str, Any]]] = {
    "points": _names,
    "pictures": _names,
    "tokens": _tokens,
    "series": _names,
    "values": _values,
}
