from __future__ import annotations

from typing import ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.layer_features import Colour, beside_in_words, colour_field, examples_field, features, marks
from explorer.inspections.places import layer_field, pick, telling
from explorer.inspections.wording import counted, plain_list, share
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

MOST = 4096  # numbers of an output that are taken; of more, evenly spread ones


@INSPECTIONS.register("projection")
class Projection(Inspection):
    """The test examples as a layer sees them, seen from the side from which they are spread widest (PCA).

    Arrays: `points` (n, 2), `numbers` (n,) of the examples, `marks` (n,) what they are coloured by.
    Source: Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space", 1901.
    """

    group: ClassVar[str] = "Geometry"

    layer: str = layer_field()
    examples: int = examples_field(500, 5000)
    colour: Colour = colour_field()

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(telling(training))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("layer", self.layer, telling(training))
        rows, numbers = features(training, place, self.examples, MOST)
        points, shares = principal(rows)
        marked = marks(training, place, numbers, self.colour)
        facts = {**marked[0], "layer": place.name, "columns": rows.shape[1], "shares": plain_list(shares[:10])}
        over = f"{counted(rows.shape[1], 'number')} over {counted(len(rows), 'test example')}"
        words = (
            f"{place.name}: the first two directions carry {share(shares[:2].sum())} of the variance of {over}.",
            *beside_in_words(points, rows, marked),
        )
        arrays = {"points": points.astype(np.float32), "numbers": numbers, "marks": marked[1]}
        return Inspected(self.kind, training.step, words, facts, arrays)


def principal(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) along the two widest directions, the second 0 where there is one only, and the share of the variance of each direction."""
    with threadpool_limits(1):
        left, sizes, _ = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    points = np.zeros((len(rows), 2))
    points[:, : min(2, len(sizes))] = (left * sizes)[:, :2]
    whole = float((sizes**2).sum())
    return points, sizes**2 / whole if whole > 0 else np.zeros(len(sizes))
