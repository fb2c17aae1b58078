from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.layer_features import columns, examples_field
from explorer.inspections.places import inputs_of, numbers_up_to, outputs_at, places
from explorer.inspections.wording import counted
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

MOST = 4096  # numbers of an output that are taken; of more, evenly spread ones


@INSPECTIONS.register("similarity")
class Similarity(Inspection):
    """How alike any two layers see the test examples: 1 where one is the other turned and scaled, 0 where they share nothing (CKA).

    Arrays: `values` (layers, layers), NaN between networks that are fed different things and for layers that give the same for every
    example. Facts: `layers`.
    Source: Kornblith et al., "Similarity of Neural Network Representations Revisited", 2019: linear CKA.
    """

    group: ClassVar[str] = "Geometry"

    examples: int = examples_field(300, 2000)

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        grams, names, roles, looked_at = [], [], [], 0
        for number, role in enumerate(training.state.networks, 1):
            there = [place for place in places(training).values() if place.role == role]
            numbers = numbers_up_to(training, role, self.examples)
            outputs = outputs_at(training, there, inputs_of(training, role, numbers), columns(MOST))
            grams += [centred(np.nan_to_num(outputs[place.name].double().numpy())) for place in there]
            names, roles = names + [place.name for place in there], roles + [role] * len(there)
            looked_at = max(looked_at, len(numbers))
            progress(number / len(training.state.networks))
        values = np.array([[_alike(grams[i], grams[j], roles[i] == roles[j]) for j in range(len(names))] for i in range(len(names))])
        words = _words(values, names, looked_at)
        return Inspected(self.kind, training.step, words, {"layers": names, "examples": looked_at}, {"values": values})


def centred(rows: np.ndarray) -> np.ndarray:
    """The products (n, n) of every two rows, each column of `rows` less its mean."""
    rows = rows - rows.mean(0)
    return rows @ rows.T


def cka(one: np.ndarray, other: np.ndarray) -> float:
    """Linear centred kernel alignment of two matrices of products (n, n), 0 to 1; NaN where one of them is 0."""
    sizes = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / sizes if sizes > 1e-20 else float("nan")


def _alike(one: np.ndarray, other: np.ndarray, comparable: bool) -> float:
    return cka(one, other) if comparable else float("nan")


def _words(values: np.ndarray, names: list[str], examples: int) -> tuple[str, ...]:
    measured = f"Measured on {counted(examples, 'test example')}, from 0 (nothing in common) to 1 (the same but for turning and scaling)."
    steps = np.array([values[i, i + 1] for i in range(len(names) - 1)])
    if not np.isfinite(steps).any():
        return ("There is only one layer that gives different numbers for different examples: nothing to compare it with.", measured)
    least = int(np.nanargmin(steps))
    said = (
        f"From one layer to the next, most changes between {names[least]} and {names[least + 1]}: their similarity is {steps[least]:.2f}."
    )
    ends = values[0, -1]
    if np.isfinite(ends) and len(names) > 2:
        said += f" The first and the last layer, {names[0]} and {names[-1]}, have {ends:.2f}."
    return said, measured
