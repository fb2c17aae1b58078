"""What looking at one number of a layer's output has in common: which number it is, and the three depths it is told at.

Decided: the parts of the sum, the code that adds them up and the arrays it needs come in one record.
Because: words, formula and code then speak of the same numbers, and a test can run the code and compare it with the layer.
Instead of: a page that computes what it explains, and could be wrong about it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.errors import SpecError
from explorer.inspections.base import Inspection, Progress, unheard
from explorer.inspections.places import (
    Place,
    called,
    classes_of,
    example_field,
    inputs_of,
    layer_field,
    passing,
    pick,
    places,
    require_unit,
    unit_field,
    units_first,
)
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

LARGEST = 1_000_000  # numbers of a whole input that are taken along
NAMES = ("row", "column")
Tensors = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Cell:
    """One number of a layer's output.

    Attributes:
        unit: channel or feature.
        at: its position: (row, column) of a picture, (step,) of a sequence, () of a plain vector.
        value: the number the layer gave.
        stands_for: the class whose score it is; "" where it is none.
    """

    unit: int
    at: tuple[int, ...]
    value: float
    stands_for: str = ""

    def __str__(self) -> str:
        where = {0: "", 1: " at step {}", 2: " at row {}, column {}"}[len(self.at)].format(*self.at)
        return f"unit {self.unit}{f' (class {self.stands_for})' if self.stands_for else ''}{where}"


@dataclass(frozen=True)
class Opened:
    """How a number came about.

    Attributes:
        words: sentences with today's numbers.
        formula: LaTeX with today's numbers.
        code: lines of NumPy; every array is there under its name, and the last line sets `y`.
        arrays: the parts.
        facts: more about them.
    """

    words: tuple[str, ...]
    formula: str
    code: str
    arrays: dict[str, np.ndarray]
    facts: dict[str, Any] = field(default_factory=dict)


class Glass(Inspection):
    """One number of a layer's output under the glass.

    Its record has the facts `words`, `formula` and `code` (see Opened), `layer`, `example`, `unit`, `at` and `value`; the array
    `output` holds what the unit gives at every position.
    """

    group: ClassVar[str] = "Under the glass"
    kinds: ClassVar[tuple[type[nn.Module], ...]] = ()  # of modules it opens
    what: ClassVar[str] = ""  # such a layer, in words

    layer: str = layer_field()
    example: int = example_field()
    unit: int = unit_field()
    row: int = Field(
        -1,
        ge=-1,
        le=1_000_000,
        description="row of the output picture, or step of the sequence, counted from 0; -1: where the unit gives its largest number",
    )
    column: int = Field(
        -1, ge=-1, le=1_000_000, description="column of the output picture, counted from 0; -1: where the unit gives its largest number"
    )

    @classmethod
    def title(cls) -> str:
        return f"{super().title().removeprefix('Glass ').capitalize()} under the glass"

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return "" if cls._there(training) else f"This network has no {cls.what}, so that there is none to look into."

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(cls._there(training))}

    @classmethod
    def _there(cls, training: Training) -> dict[str, Place]:
        return places(training, *cls.kinds)

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick(self.what, self.layer, self._there(training))
        entered, output = self._pass(training, place, inputs_of(training, place.role, [self.example]))
        planes = units_first(output)[0]
        require_unit(place, self.unit, len(planes))
        classes = classes_of(training, place, len(planes))
        cell = replace(self._cell(planes[self.unit].numpy()), stands_for=classes[self.unit] if classes else "")
        opened = self._open(training, place, entered, cell)
        facts = {
            **opened.facts,
            "layer": place.name,
            "example": called(training, place.role, self.example),
            "unit": cell.unit,
            "at": list(cell.at),
            "value": cell.value,
            "words": " ".join(opened.words),
            "formula": opened.formula,
            "code": opened.code,
        }
        arrays = {**opened.arrays, "output": planes[self.unit].numpy()}
        return Inspected(self.kind, training.step, opened.words, facts, arrays)

    def _pass(self, training: Training, place: Place, x: torch.Tensor) -> tuple[Tensors, torch.Tensor]:
        """What enters and what leaves for one example."""
        return passing(training, place, x)

    def _cell(self, plane: np.ndarray) -> Cell:
        """The chosen number of what a unit gives: (height, width), (steps,) or ()."""
        free = np.ones(plane.shape, bool)
        for axis, wanted in enumerate((self.row, self.column)[: plane.ndim]):
            size = plane.shape[axis]
            if wanted >= size:
                name = NAMES[axis] if plane.ndim == 2 else "step"
                raise SpecError(f"There is no {name} {wanted} in the output of this layer: there are {size}, counted from 0 to {size - 1}.")
            if wanted >= 0:
                free &= np.expand_dims(np.arange(size) == wanted, tuple(i for i in range(plane.ndim) if i != axis))
        at = np.unravel_index(np.where(free, np.nan_to_num(plane), -np.inf).argmax(), plane.shape) if plane.ndim else ()
        return Cell(self.unit, tuple(int(i) for i in at), float(plane[at]))

    @abstractmethod
    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        """How the number came about."""


def span(first: int, last: int, what: str) -> str:
    """ "row 3", "rows 3 to 5"."""
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"


def plane_of(entered: torch.Tensor, channels: slice = slice(None)) -> torch.Tensor:
    """(channels, height, width) of what entered for one example; a sequence has the height 1 and its steps as the width."""
    planes = units_first(entered)[0][channels]
    return planes if planes.dim() == 3 else planes[:, None]


def in_plane(cell: Cell) -> tuple[int, int]:
    """The position of a cell in a plane: a step of a sequence is a column of its only row."""
    row, column = (0, 0, *cell.at)[-2:]
    return row, column


def whole(planes: torch.Tensor) -> dict[str, np.ndarray]:
    """The array `input`, where it is not too large."""
    return {"input": np.ascontiguousarray(planes.numpy())} if planes.numel() <= LARGEST else {}


def scalar(value: float | torch.Tensor) -> np.ndarray:
    """One number as an array () of float32."""
    return np.array(float(value), np.float32)
