"""Classification, binary and multi-class."""

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
    evaluation,
    finite,
    macro_f1,
    of_losses,
    of_parts,
    parts,
    plain,
    supervised_step,
    unsuited,
)


@TASKS.register("classification")
class Classification(TaskSpec):
    """Say which class an example belongs to.

    The network ends in one logit for two classes, and in one logit per class for more.
    """

    problem: ClassVar[str] = "classification"
    losses: ClassVar[str] = "classification"
    score_unit: ClassVar[str] = "logit"

    loss: any_of(LOSSES) = live(
        default_factory=lambda: LOSSES["cross_entropy"](), validate_default=True, description="what training makes small"
    )

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "classification":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.features(1 if dataset.classes == 2 else dataset.classes)

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output, y)

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        with evaluation(state.networks["model"]) as network:
            for part, x, y in parts(state):
                logits = network(x)
                if not logits.isfinite().all():
                    continue  # argmax of NaN is class 0: an accuracy of it would look plausible
                answer = logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(1)
                metrics[f"{part}_loss"] = self.loss.loss(logits, y).item()
                metrics[f"{part}_accuracy"] = (answer == y).float().mean().item()
                metrics[f"{part}_f1"] = macro_f1(answer, y, state.dataset.classes)
        return finite(metrics)

    def units(self) -> dict[str, str]:
        share = "share of examples answered right"
        return {
            **of_losses(self.loss.unit),
            **of_parts("accuracy", share),
            **of_parts("f1", F1_UNIT),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return dataset.class_names

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        """Logits; of two classes the log-odds of each, which are each other's opposite."""
        return torch.cat([-output, output], 1) if output.shape[1] == 1 else output

    def chances(self, dataset: Dataset, scores: torch.Tensor) -> torch.Tensor:
        return scores.sigmoid() if dataset.classes == 2 else scores.softmax(1)

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, classes)."""
        with evaluation(state.networks["model"]) as network:
            logits = network(x)
        if logits.shape[1] == 1:
            p = logits.sigmoid()
            return torch.cat([1 - p, p], 1)
        return logits.softmax(1)

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The true class, the most probable one, and the probability of each."""
        names, p = state.dataset.class_names, answer_to(self, state, number)
        truth = names[state.dataset.test.y[number]]
        return {"kind": "class", "label": truth, "predicted": names[int(p.argmax())], "probabilities": plain(p)}, {}
