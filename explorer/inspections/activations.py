from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.places import (
    Place,
    called,
    example_field,
    inputs_of,
    labels_of,
    layer_field,
    outputs_at,
    pick,
    shown_of,
    spread,
    steps_of,
    telling,
    units_first,
)
from explorer.inspections.wording import brief, counted, share
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

FORMS = {4: "maps", 3: "steps", 2: "numbers"}  # axes of a batch of outputs -> what they are
SIDE = 64  # most rows and columns of a feature map; of larger ones every second, third, ... is shown
STEPS = 256  # the same of the steps of a sequence
SHAPES = {
    "maps": "{0} of {1} x {2} pixels",
    "steps": "{0} at each of {1} steps",
    "numbers": "{0}",
}
THINGS = {"maps": "feature map", "steps": "number", "numbers": "number"}


@INSPECTIONS.register("activations")
class Activations(Inspection):
    """What a layer gives for chosen test examples: feature maps, numbers, or a row of numbers for every step.

    Arrays: `values` (n, shown units, height, width), (n, shown units, steps) or (n, shown units), as the layer gave them; `units`
    which units are shown; `examples` which examples; `limits` (shown units,) the size at which colours are full.
    """

    group: ClassVar[str] = "Activations"

    layer: str = layer_field()
    example: int = example_field()
    count: int = Field(1, ge=1, le=8, description="how many test examples are shown, from that one on")
    scale: Literal["unit", "layer", "global"] = Field(
        "layer", description="where colours are full: at the largest value of each unit, of the layer, or of all layers"
    )

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(telling(training))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("layer", self.layer, telling(training))
        numbers = np.arange(self.example, self.example + self.count)
        inputs_of(training, place.role, numbers[:1])  # the first has to be there, the others as far as they go
        numbers = numbers[: max(len(training.state.dataset.test) - self.example, 1)]
        x = inputs_of(training, place.role, numbers)
        outputs = outputs_at(training, [place], x)[place.name]
        values, units = shown(outputs)
        limits = self._limits(training, place, x, outputs)[units]
        arrays = {"values": values, "units": units, "examples": numbers, "limits": limits.astype(np.float32)}
        said, about = words(training, place, numbers, outputs), facts(training, place, numbers, outputs)
        about["names"] = labels_of(training, place, units, about["units"])
        return Inspected(self.kind, training.step, said, about, arrays)

    def _limits(self, training: Training, place: Place, x: torch.Tensor, outputs: torch.Tensor) -> np.ndarray:
        """(units,) the size at which the colour of each unit is full."""
        sizes = units_first(outputs).transpose(0, 1).flatten(1).abs().amax(1)
        if self.scale == "global":
            others = [one for one in telling(training).values() if one.role == place.role]
            largest = outputs_at(training, others, x, lambda output: output.flatten(1).abs().amax(1))
            sizes = torch.stack([one.max() for one in largest.values()]).max().expand(len(sizes))
        elif self.scale == "layer":
            sizes = sizes.max().expand(len(sizes))
        return np.where(sizes > 0, sizes, 1.0)


def shown(outputs: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """float32 (n, shown units, ...) and the numbers of those units; large maps and long sequences with fewer pixels and steps."""
    values = units_first(outputs)
    units, some = spread(values.shape[1]), [slice(None, None, every) for every in apart(values)]
    return np.ascontiguousarray(values[:, torch.from_numpy(units)][(..., *some)].numpy()), units


def apart(values: torch.Tensor) -> list[int]:
    """How far apart the shown positions of (n, units, ...) are, along each axis of a position: 1 where all are shown."""
    most = SIDE if values.dim() == 4 else STEPS
    return [-(-size // most) for size in values.shape[2:]]


def facts(training: Training, place: Place, numbers: np.ndarray, outputs: torch.Tensor) -> dict:
    """Which layer and which examples, what the values are ("maps", "steps" or "numbers"), and how far apart the shown positions are."""
    form, values = FORMS[outputs.dim()], units_first(outputs)
    steps = [steps_of(training, place.role, int(number), values.shape[2]) for number in numbers] if form == "steps" else []
    return {
        "layer": place.name,
        "form": form,
        "units": values.shape[1],
        "apart": apart(values),
        "captions": [called(training, place.role, int(number)) for number in numbers],
        "steps": [names[:: -(-len(names) // STEPS)] for names in steps],
    }


def words(training: Training, place: Place, numbers: np.ndarray, outputs: torch.Tensor) -> tuple[str, ...]:
    form, values = FORMS[outputs.dim()], units_first(outputs)
    what = SHAPES[form].format(counted(values.shape[1], THINGS[form]), *values.shape[2:])
    who = called(training, place.role, int(numbers[0]))
    who = who if len(numbers) == 1 else f"each of {len(numbers)} examples from {who} on"
    zeros = share((outputs == 0).float().mean())
    said = [
        f"{place.name} gives {what} for {who}.",
        f"The values go from {brief(outputs.min())} to {brief(outputs.max())}; {zeros} of them are exactly 0.",
        shown_of(len(spread(values.shape[1])), values.shape[1], "units"),
    ]
    return tuple(sentence for sentence in said if sentence)
