"""Regression: predict numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch

from explorer.experiment import LOSSES, TASKS, TaskSpec, any_of, live
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import (
    answer_to,
    evaluation,
    finite,
    of_losses,
    of_parts,
    own_values,
    parts,
    supervised_step,
    unsuited,
    value_answer,
)


@TASKS.register("regression")
class Regression(TaskSpec):
    """Predict a number.

    The target is trained in units of its own standard deviation; predictions and the mean absolute error are given in
    the target's own unit.
    """

    problem: ClassVar[str] = "regression"
    losses: ClassVar[str] = "regression"
    answers: ClassVar[str] = "values"

    loss: any_of(LOSSES) = live(default_factory=lambda: LOSSES["mse"](), validate_default=True, description="what training makes small")

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "regression":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.features(dataset.train.y.shape[1])

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output, y)

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        scale = torch.from_numpy(state.dataset.target_scale).to(state.device)
        with evaluation(state.networks["model"]) as network:
            for part, x, y in parts(state):
                output = network(x)
                metrics[f"{part}_loss"] = self.loss.loss(output, y).item()
                metrics[f"{part}_error"] = ((output - y).abs() * scale).mean().item()
                spread = (y - y.mean(0)).square().sum().item()
                metrics[f"{part}_r2"] = 1 - (output - y).square().sum().item() / spread if spread else float("nan")
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses(self.loss.unit),
            **of_parts("error", "mean absolute error, in the target's unit"),
            **of_parts("r2", "share of the target's variance explained"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        count, name = dataset.train.y.shape[1], dataset.target_name or "the number"
        return (name,) if count == 1 else tuple(f"{name} {number}" for number in range(count))

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        return own_values(dataset, output)

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Values (n, targets) in the target's own unit."""
        with evaluation(state.networks["model"]) as network:
            output = network(x)
        offset, scale = (torch.from_numpy(a).to(state.device) for a in (state.dataset.target_offset, state.dataset.target_scale))
        return output * scale + offset

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The true and the predicted value, in the target's own unit."""
        dataset = state.dataset
        truth = dataset.test.y[number, 0] * dataset.target_scale[0] + dataset.target_offset[0]
        return value_answer(dataset, truth, answer_to(self, state, number)[0]), {}
