from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch

from explorer.inspections.base import INSPECTIONS, Progress, chosen, unheard
from explorer.inspections.binning import bin_edges
from explorer.inspections.moments import Moments, OverTime
from explorer.inspections.places import layer_field
from explorer.inspections.weights import BINS, Weights, weights_of
from explorer.inspections.wording import brief, plain_list, share
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

SAMPLE = 50_000  # weights of the chosen layer that its histogram counts; of more, evenly spread ones


@INSPECTIONS.register("weights_over_time")
class WeightsOverTime(OverTime):
    """How the weights of every layer grew and how far they went, step by step, and how those of one layer are spread.

    Biases and norms of layers are left out. Arrays: `steps` (m,); `norm` and `distance` (layers, m): the length of all weights of a
    layer, and of the way from where they were at the first of the steps; `edges` (bins + 1,) and `counts` (m, bins) of the chosen layer.
    """

    group: ClassVar[str] = "Weights"

    layer: str = layer_field()

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return Weights.reason_not(training)

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return Weights.choices(training)

    def look_over(self, recorded: Moments, progress: Progress = unheard) -> Inspected:
        steps, norms, distances, sample = [], [], [], []
        first: dict[str, torch.Tensor] = {}
        for training in recorded.each(self.moments, progress):
            now = weights_of(training.state.networks)
            first = first or {name: weight.clone() for name, weight in now.items()}
            steps.append(training.step)
            norms.append([float(weight.norm()) for weight in now.values()])
            distances.append([float((weight - first[name]).norm()) for name, weight in now.items()])
            sample.append(_sampled(now[chosen("weights", self.layer, list(now))]))
        norm, distance = np.array(norms).T, np.array(distances).T
        facts: dict[str, Any] = {
            "layers": list(first),
            "layer": chosen("weights", self.layer, list(first)),
            "first": plain_list(norm[:, 0]),
        }
        arrays = {"steps": np.array(steps), "norm": norm, "distance": distance, **_histograms(sample)}
        words = (*_words(list(first), steps, norm, distance), *recorded.words(steps))
        return Inspected(self.kind, steps[-1], words, facts, arrays)


def _sampled(weight: torch.Tensor) -> np.ndarray:
    return weight.flatten()[:: -(-weight.numel() // SAMPLE)].clone().numpy()


def _histograms(sample: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The same bins for all steps."""
    edges = bin_edges(np.concatenate(sample), int(np.clip(round(len(sample[0]) ** 0.5), 8, BINS)))
    return {"edges": edges, "counts": np.stack([np.histogram(one[np.isfinite(one)], edges)[0] for one in sample])}


def _words(names: list[str], steps: list[int], norm: np.ndarray, distance: np.ndarray) -> list[str]:
    if len(steps) < 2:
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        gone, grown = distance[:, -1] / norm[:, 0], norm[:, -1] / norm[:, 0]
    if not np.isfinite(gone).any():
        return ["The weights are no finite numbers any more, or were all 0 at first: nothing can be compared."]
    far = int(np.nanargmax(np.where(np.isfinite(gone), gone, np.nan)))
    half = next(step for step, way in zip(steps, distance[far], strict=True) if way >= distance[far, -1] / 2)
    said = [
        f"{names[far]} went farthest for its size: it is {brief(distance[far, -1])} from where it was at step {steps[0]:,}, "
        f"{share(gone[far])} of its length then. Half of that way was made by step {half:,}."
    ]
    known = np.flatnonzero(np.isfinite(grown))
    most, least = known[grown[known].argmax()], known[grown[known].argmin()]
    said.append(
        f"The length of {names[most]} changed from {brief(norm[most, 0])} to {brief(norm[most, -1])}, {brief(grown[most])} times as long."
    )
    if most != least:
        said[-1] = f"{said[-1][:-1]}, the largest factor of all; that of {names[least]} is {brief(grown[least])}, the smallest."
    return said
