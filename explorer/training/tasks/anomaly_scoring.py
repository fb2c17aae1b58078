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
from explorer.training.tasks.supervised import ASKED, evaluation, finite, of_losses, of_parts, parts, plain


@TASKS.register("anomaly_scoring")
class AnomalyScoring(TaskSpec):
    """Learn what is normal, and score everything by how badly it is given back: what was never seen is given back worst.

    The network is an autoencoder that trains on normal examples alone (class 0); it is never told what an anomaly looks like. The score
    of an example is its mean squared error.
    Source of the measure: Fawcett, "An Introduction to ROC Analysis", 2006.
    """

    losses: ClassVar[str] = "regression"
    answers: ClassVar[str] = "scores"
    shown: ClassVar[bool] = False

    loss: any_of(LOSSES) = live(default_factory=lambda: LOSSES["mse"](), validate_default=True, description="what training makes small")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return data.anomalies and not data.tokens

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if not dataset.anomalies or dataset.input_shape.vocabulary:
            raise DataError(
                f"{self.title()} needs numbers with a normal class and rare others, but this data set has {ASKED[dataset.problem]} alone. "
                f"Choose the task {own_task(dataset.problem).title()}, or a data set with anomalies."
            )
        return dataset.input_shape, dataset.input_shape

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        x, _ = state.batch(batch[state.y_train[batch] == 0])
        value = self.loss.loss(state.networks["model"](x), x) if len(x) else _nothing(state)
        state.update("model", value)
        return {"batch_loss": value.detach()}

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

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Scores (n, 1): mean squared errors."""
        with evaluation(state.networks["model"]) as network:
            return errors(network(x), x)[:, None]

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The score, beside those of the normal test examples; what went in and what came back, in the units the network is fed in."""
        dataset = state.dataset
        with evaluation(state.networks["model"]) as network:
            again = network(state.x_test[number : number + 1])
        score = errors(again, state.x_test[number : number + 1])[0].item()
        normal = self.predict(state, next(x[y == 0] for part, x, y in parts(state) if part == "test"))[:, 0]
        head = {
            "kind": "score",
            "label": dataset.class_names[dataset.test.y[number]],
            "score": plain(np.array([score]))[0],
            "above": plain(np.array([(normal < score).float().mean().item() if np.isfinite(score) else np.nan]))[0],
        }
        return head, {"example/original": dataset.test.x[number], "example/reconstruction": again[0].float().cpu().numpy()}


def _nothing(state: TrainingState) -> torch.Tensor:
    """A loss of 0 whose gradient is 0: a batch of anomalies alone teaches nothing."""
    return torch.stack([p.sum() * 0 for p in state.networks["model"].parameters()]).sum()


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
