"""How many examples go through a network at once where it does not learn from them: when it is measured, and when it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.results.dataset import Dataset
from explorer.results.shape import Shape

EVALUATED = 2000  # examples of each part that metrics are measured on: all of a smaller part, else the first ones
EVALUATED_STEPS = 16_000  # of sequences, whose every step is answered: as many examples as have so many steps together
GRID = 50  # points along each side of the square that a network on points is drawn over
LINE = 96  # points along x of y = f(x)
EXAMPLES = 40  # examples of the test part that other networks are drawn with, the same number of every class as far as there are
PIECE_BYTES = 64_000_000  # of what is there at once: more examples than fit in it are measured piece by piece


@dataclass(frozen=True)
class Passes:
    """Examples in one pass: the most that a metric is measured on, and those that the pictures are made of."""

    evaluated: int
    drawn: int


def passes(input_shape: Shape, output_shape: Shape, dataset: Dataset | None = None) -> Passes:
    """The passes that a network of these shapes is put through; without the data set, the most there may be.

    Source: `training.tasks.supervised` measures, `probes.inputs` draws; both take their numbers from here.
    """
    evaluated = EVALUATED if dataset is None else min(EVALUATED, max(map(len, dataset.parts.values())))
    if "time" in output_shape.axes:
        evaluated = min(evaluated, max(EVALUATED_STEPS // output_shape.sizes[0], 1))
    return Passes(evaluated, _drawn(input_shape, dataset))


def _drawn(shape: Shape, dataset: Dataset | None) -> int:
    if dataset is None:
        return GRID**2 if shape.is_flat else EXAMPLES
    if dataset.coordinates == 2 or shape != dataset.input_shape:  # a network that is fed noise is drawn over a square of it
        return GRID**2
    return LINE if dataset.coordinates == 1 else EXAMPLES
