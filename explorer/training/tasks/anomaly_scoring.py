"""Anomaly scoring: how unlike the rest something is."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch

from explorer.errors import DataError
from explorer.experiment import LOSSES, TASKS, DataSpec, TaskSpec, any_of, live, own_task
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import ASKED, evaluation, finite, of_losses, of_parts, parts, plain, supervised_step


@TASKS.register("anomaly_scoring")
class AnomalyScoring(TaskSpec):
    """Learn what is normal, and score everything by how badly it is given back: what was never seen is given back worst.

    The network is an autoencoder that trains on normal examples alone (class 0); it is never told what an anomaly looks like. The score
    of an example is its mean squared error; above a threshold, set by the normal training examples, it is called an anomaly.
    Source of the measure: Fawcett, "An Introduction to ROC Analysis", 2006.
    """

    losses: ClassVar[str] = "regression"
    answers: ClassVar[str] = "scores"
    score_unit: ClassVar[str] = "mean squared error"

    loss: any_of(LOSSES) = live(default_factory=lambda: LOSSES["mse"](), validate_default=True, description="what training makes small")

    false_alarms: float = live(
        0.05,
        ge=0.001,
        le=0.5,
        description="share of the normal training examples that score above the threshold, and so are called anomalies",
    )

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return data.anomalies and not data.tokens

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if not dataset.anomalies or dataset.input_shape.vocabulary:
            raise DataError(
                f"{self.title()} needs numbers with a normal class and rare others, but this data set has {ASKED[dataset.problem]} alone. "
                f"Choose the task {own_task(dataset.problem).title()}, or a data set with anomalies."
            )
        if not len(self.learned(dataset)):
            raise DataError(
                f"{self.title()} learns from normal examples alone, but none of the {len(dataset.train)} training examples is called "
                f"'{dataset.class_names[0]}'. Lower label_noise, or keep more examples."
            )
        return dataset.input_shape, dataset.input_shape

    def learned(self, dataset: Dataset) -> np.ndarray:
        return np.flatnonzero(dataset.train.y == 0)

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        normal = y == 0
        return self.loss.loss(output[normal], x[normal]) if normal.any() else (output * 0).sum()

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        with evaluation(state.networks["model"]) as network:
            for part, x, y in parts(state):
                output = network(x)
                if not output.isfinite().all():
                    continue
                normal, score = y == 0, errors(output, x)
                metrics[f"{part}_loss"] = self.loss.loss(output[normal], x[normal]).item()
                metrics[f"{part}_auroc"] = auroc(score.cpu().numpy(), (y > 0).cpu().numpy())
                metrics[f"{part}_normal_score"] = score[normal].mean().item()
                metrics[f"{part}_anomaly_score"] = score[~normal].mean().item()
        return finite(metrics)

    def units(self) -> dict[str, str]:
        auc = "AUROC: how often an anomaly scores higher than a normal example; 0.5 is guessing"
        return {
            **of_losses(f"{self.loss.title().lower()}, per number fed in, of normal examples"),
            **of_parts("auroc", auc),
            **of_parts("normal_score", "mean score of normal examples (mean squared error)"),
            **of_parts("anomaly_score", "mean score of anomalies (mean squared error)"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return ("anomaly score",)

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        return errors(output, x)[:, None]

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Scores (n, 1): mean squared errors."""
        with evaluation(state.networks["model"]) as network:
            return errors(network(x), x)[:, None]

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The score, beside the threshold and those of the test part; what went in and what came back, as the network is fed."""
        dataset = state.dataset
        with evaluation(state.networks["model"]) as network:
            again = network(state.x_test[number : number + 1])[0].float().cpu().numpy()
        original = dataset.test.x[number]
        score, threshold = float(np.square(again - original).mean()), self.threshold(state)
        scores = self._scores(state, "test")
        head = {
            "kind": "score",
            "label": dataset.class_names[dataset.test.y[number]],
            "anomaly": bool(dataset.test.y[number]),
            "called": bool(score > threshold),
            "learned": len(self.learned(dataset)),
            **dict(
                zip(("score", "threshold", "error"), plain(np.array([score, threshold, np.abs(again - original).mean()]), 8), strict=True)
            ),
        }
        spread = {"example/normal": scores[0], "example/anomalies": scores[1]}
        return head, {"example/original": original, "example/reconstruction": again, **spread}

    def threshold(self, state: TrainingState) -> float:
        """The score that `false_alarms` of the normal training examples exceed; NaN where it is no finite number."""
        normal, _ = self._scores(state, "train")
        return float(np.quantile(normal, 1 - self.false_alarms)) if len(normal) and np.isfinite(normal).all() else float("nan")

    def _scores(self, state: TrainingState, which: str) -> tuple[np.ndarray, np.ndarray]:
        """float32 scores of the normal examples of a part, and of its anomalies; of as many as metrics are measured on."""
        x, y = next((x, y) for part, x, y in parts(state) if part == which)
        scores = self.predict(state, x)[:, 0].float().cpu().numpy()
        normal = (y == 0).cpu().numpy()
        return scores[normal], scores[~normal]


def errors(output: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Mean squared error (n,) of each example."""
    return (output - x).square().flatten(1).mean(1)


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve: how often a positive scores higher than another; equal scores count half. NaN without both kinds.

    Args:
        score: (n,).
        positive: bool (n,).
    """
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]  # the mean rank of equal ones, counted from 1
    positives, others = positive.sum(), (~positive).sum()
    if not positives or not others:
        return float("nan")
    return float((rank[positive].sum() - positives * (positives + 1) / 2) / (positives * others))
