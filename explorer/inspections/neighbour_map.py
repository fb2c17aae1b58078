from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from threadpoolctl import threadpool_limits

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.layer_features import Colour, beside_in_words, colour_field, examples_field, features, marks
from explorer.inspections.places import layer_field, pick, telling
from explorer.inspections.wording import brief, counted
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

MOST = 512  # numbers of an output that are taken; of more, evenly spread ones


@INSPECTIONS.register("neighbour_map")
class NeighbourMap(Inspection):
    """A map of the test examples that puts those beside each other which a layer finds alike (t-SNE).

    Only who is near whom can be read off: distances between groups and their sizes mean nothing.
    Arrays: `points` (n, 2), `numbers` (n,) of the examples, `marks` (n,) what they are coloured by.
    Source: van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008.
    """

    group: ClassVar[str] = "Geometry"
    slow: ClassVar[bool] = True

    layer: str = layer_field()
    examples: int = examples_field(300, 2000)
    perplexity: float = Field(20.0, ge=2, le=100, description="about how many neighbours of each example count")
    colour: Colour = colour_field()

    @classmethod
    def title(cls) -> str:
        return "Neighbour map (t-SNE)"

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(telling(training))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("layer", self.layer, telling(training))
        rows, numbers = features(training, place, self.examples, MOST)
        perplexity = min(self.perplexity, (len(rows) - 1) / 3)
        points = _mapped(rows, perplexity)
        marked = marks(training, place, numbers, self.colour)
        told = f"{counted(rows.shape[1], 'number')} each, perplexity {brief(perplexity)}"
        words = (
            f"{place.name}: a map of {counted(len(rows), 'test example')} by {told}.",
            *beside_in_words(points, rows, marked),
        )
        arrays = {"points": points.astype(np.float32), "numbers": numbers, "marks": marked[1]}
        return Inspected(self.kind, training.step, words, {**marked[0], "layer": place.name, "perplexity": perplexity}, arrays)


def _mapped(rows: np.ndarray, perplexity: float) -> np.ndarray:
    """(n, 2), always the same for the same rows; all at 0 where every row is the same."""
    from sklearn.manifold import TSNE

    if np.ptp(rows, axis=0).max() == 0:
        return np.zeros((len(rows), 2))
    start = "pca" if rows.shape[1] >= 2 else "random"
    with threadpool_limits(1):
        return TSNE(2, perplexity=perplexity, init=start, random_state=0).fit_transform(rows)
