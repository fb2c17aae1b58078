from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from explorer.errors import SpecError
from explorer.inspections.base import INSPECTIONS, Progress, unheard
from explorer.inspections.layer_features import columns, examples_field
from explorer.inspections.moments import Moments, OverTime
from explorer.inspections.places import inputs_of, layer_field, numbers_up_to, outputs_at, pick, telling
from explorer.inspections.similarity import centred
from explorer.inspections.wording import counted
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

MOST = 4096  # numbers of an output that are taken; of more, evenly spread ones
NOTHING = 1e-20  # length of the products of examples that are all alike
SAME = 0.9995  # similarity that is written as 1.000
LIKE = 0.9  # similarity from which on the words call two steps alike


@INSPECTIONS.register("similarity_of_steps")
class SimilarityOfSteps(OverTime):
    """How alike one layer sees the test examples at any two steps: 1 where only turned and scaled, 0 where nothing is left (CKA).

    The examples are those of the step looked at, for all steps. Arrays: `steps` (m,); `values` (m, m), NaN for steps at which the layer
    gives the same for every example, or no finite numbers.
    Source: Kornblith et al., "Similarity of Neural Network Representations Revisited", 2019: linear CKA.
    """

    group: ClassVar[str] = "Geometry"

    layer: str = layer_field()
    examples: int = examples_field(200, 500)

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(telling(training))}

    def look_over(self, recorded: Moments, progress: Progress = unheard) -> Inspected:
        now = recorded.now()
        place = pick("layer", self.layer, telling(now))
        x = inputs_of(now, place.role, numbers_up_to(now, place.role, self.examples))
        steps, grams = [], []
        for training in recorded.each(self.moments, progress):
            steps.append(training.step)
            grams.append(_seen(training, place.name, x))
        values = _similarities(grams)
        words = (*_words(place.name, steps, values), f"Measured on {counted(len(x), 'test example')}.", *recorded.words(steps))
        return Inspected(
            self.kind, steps[-1], words, {"layer": place.name, "examples": len(x)}, {"steps": np.array(steps), "values": values}
        )


def _seen(training: Training, name: str, x: torch.Tensor) -> np.ndarray:
    """The products (n, n) of what a layer gives for every two examples; NaN where that is no finite number."""
    place = telling(training)[name]
    try:
        rows = outputs_at(training, [place], x, columns(MOST))[place.name].double().numpy()
    except SpecError:
        return np.full((len(x), len(x)), np.nan)
    with threadpool_limits(1):
        return centred(rows)


def _similarities(grams: list[np.ndarray]) -> np.ndarray:
    """(m, m) linear centred kernel alignment of every two matrices of products (n, n)."""
    rows = np.stack([gram.ravel() for gram in grams])
    sizes = np.sqrt((rows * rows).sum(1))
    rows /= np.where(sizes > NOTHING, sizes, np.nan)[:, None]
    with threadpool_limits(1):
        return rows @ rows.T


def _words(name: str, steps: list[int], values: np.ndarray) -> list[str]:
    if len(steps) < 2:
        return []
    said, next_to = [], np.diag(values, 1)
    if np.isfinite(values[0, -1]):
        said.append(f"What {name} gives at step {steps[-1]:,} and at step {steps[0]:,} has a similarity of {values[0, -1]:.3f}.")
    if np.isfinite(next_to).any():
        at = int(np.nanargmin(next_to))
        pair = f"step {steps[at]:,} and step {steps[at + 1]:,}"
        if next_to[at] < SAME:
            said.append(f"Of steps looked at beside each other it changes most between {pair}: their similarity is {next_to[at]:.3f}.")
        other = np.flatnonzero(~(values[-1] >= LIKE))
        if not len(other) or other[-1] + 1 < len(steps):
            since = steps[other[-1] + 1] if len(other) else steps[0]
            said.append(f"From step {since:,} on its similarity with what it gives at last is {LIKE} or more.")
    return said or [f"{name} gives the same for every example, or no finite numbers: nothing to compare."]
