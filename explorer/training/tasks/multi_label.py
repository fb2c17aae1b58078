"""Several labels at once."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn import functional

from explorer.experiment import TASKS, TaskSpec
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import answer_to, evaluation, finite, of_losses, of_parts, parts, plain, supervised_step, unsuited


@TASKS.register("multi_label")
class MultiLabel(TaskSpec):
    """Say of every label by itself whether it holds: none may, or several.

    The network ends in one logit per label. Loss: binary cross-entropy, the mean over examples and labels. A label is answered
    where it is more probable than not.
    """

    problem: ClassVar[str] = "labels"
    answers: ClassVar[str] = "labels"
    score_unit: ClassVar[str] = "logit"

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "labels":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.features(dataset.classes)

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(output, y)

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        with evaluation(state.networks["model"]) as network:
            for part, x, y in parts(state):
                logits = network(x)
                if not logits.isfinite().all():
                    continue
                right = (logits > 0) == (y > 0)
                metrics[f"{part}_loss"] = functional.binary_cross_entropy_with_logits(logits, y).item()
                metrics[f"{part}_f1"] = f1_of_labels(logits > 0, y > 0)
                metrics[f"{part}_labels"] = right.float().mean().item()
                metrics[f"{part}_exact"] = right.all(1).float().mean().item()
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses("nats per label"),
            **of_parts("f1", "macro F1: mean over the labels of the harmonic mean of precision and recall"),
            **of_parts("labels", "share of labels answered right"),
            **of_parts("exact", "share of examples with every label right"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return dataset.class_names

    def chances(self, dataset: Dataset, scores: torch.Tensor) -> torch.Tensor:
        return scores.sigmoid()

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, labels), each by itself."""
        with evaluation(state.networks["model"]) as network:
            return network(x).sigmoid()

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Which labels hold, which are answered, and how probable each is."""
        names, y, p = state.dataset.class_names, state.dataset.test.y[number], answer_to(self, state, number)
        return {
            "kind": "labels",
            "names": list(names),
            "truth": [bool(holds) for holds in y],
            "predicted": [bool(one > 0.5) for one in p],
            "probabilities": plain(p),
        }, {}


def f1_of_labels(answer: torch.Tensor, truth: torch.Tensor) -> float:
    """The mean over the labels of 2 TP / (2 TP + FP + FN), both bool (n, labels); one that neither holds nor is answered is left out."""
    found, either = (answer & truth).sum(0), answer.sum(0) + truth.sum(0)
    return (2 * found[either > 0] / either[either > 0]).mean().item()
