"""Tagging: an answer for every token of a row."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch

from explorer.experiment import LOSSES, TASKS, TaskSpec, any_of, live
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import (
    F1_UNIT,
    answer_to,
    at_place,
    evaluation,
    finite,
    macro_f1,
    of_losses,
    of_parts,
    plain,
    supervised_step,
    token_parts,
    unsuited,
)


@TASKS.register("tagging")
class Tagging(TaskSpec):
    """Say of every token in a row what it is, or what stands in its place.

    The network ends in one logit per tag at every place.
    """

    problem: ClassVar[str] = "tagging"
    losses: ClassVar[str] = "classification"
    score_unit: ClassVar[str] = "logit"

    loss: any_of(LOSSES) = live(
        default_factory=lambda: LOSSES["cross_entropy"](), validate_default=True, description="what training makes small, place by place"
    )

    @classmethod
    def title(cls) -> str:
        return "Token tagging"

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "tagging":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.sequence(dataset.input_shape.sizes[0], dataset.classes)

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output.flatten(0, 1), y.flatten())

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        with evaluation(state.networks["model"]) as network:
            for part, x, y in token_parts(state):
                logits = network(x)  # (n, T, tags)
                if not logits.isfinite().all():
                    continue  # argmax of NaN is tag 0: an accuracy of it would look plausible
                right = logits.argmax(2) == y
                metrics[f"{part}_loss"] = self.loss.loss(logits.flatten(0, 1), y.flatten()).item()
                metrics[f"{part}_accuracy"] = right.float().mean().item()
                metrics[f"{part}_f1"] = macro_f1(logits.argmax(2), y, state.dataset.classes)
                metrics[f"{part}_whole"] = right.all(1).float().mean().item()
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses(self.loss.unit.replace("example", "token")),
            **of_parts("accuracy", "share of tokens answered right"),
            **of_parts("f1", F1_UNIT.replace("classes", "tags")),
            **of_parts("whole", "share of rows with every token right"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return dataset.class_names

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        return at_place(output, place)

    def chances(self, dataset: Dataset, scores: torch.Tensor) -> torch.Tensor:
        return scores.softmax(1)

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, T, tags)."""
        with evaluation(state.networks["model"]) as network:
            return network(x).softmax(2)

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The true and the most probable tag of every token, and how probable it is."""
        names, y = state.dataset.class_names, state.dataset.test.y[number]
        p = answer_to(self, state, number)  # (T, tags)
        best = p.argmax(1)
        return {
            "kind": "tags",
            "label": "",
            "truth": [names[tag] for tag in y],
            "predicted": [names[tag] for tag in best],
            "probabilities": plain(p.max(1)),
            "predicted_right": int((best == y).sum()),
        }, {}
