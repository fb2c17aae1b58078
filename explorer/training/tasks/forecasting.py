"""Forecasting: how a series goes on."""

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
    unit_in,
    unsuited,
)


@TASKS.register("forecasting")
class Forecasting(TaskSpec):
    """Say how a series goes on: one number for each of the coming steps.

    It is compared with the naive forecast that everything stays as it was at the last step seen. The series is trained in
    units of its own standard deviation; predictions and errors are given in its own unit.
    """

    problem: ClassVar[str] = "forecasting"
    losses: ClassVar[str] = "regression"
    answers: ClassVar[str] = "values"

    loss: any_of(LOSSES) = live(default_factory=lambda: LOSSES["mse"](), validate_default=True, description="what training makes small")

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "forecasting":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.features(dataset.train.y.shape[1])

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output, y)

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        scale = float(state.dataset.target_scale[0])
        with evaluation(state.networks["model"]) as network:
            for part, x, y in parts(state):
                output = network(x)
                error, naive = (output - y).abs().mean().item(), (x[:, -1, :1] - y).abs().mean().item()
                metrics[f"{part}_loss"] = self.loss.loss(output, y).item()
                metrics[f"{part}_error"] = scale * error
                metrics[f"{part}_rmse"] = scale * (output - y).square().mean().sqrt().item()
                metrics[f"{part}_skill"] = 1 - error / naive if naive else float("nan")
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses(self.loss.unit.replace("target", "series")),
            **of_parts("error", "mean absolute error, in the series' unit"),
            **of_parts("rmse", "root mean square error, in the series' unit"),
            **of_parts("skill", "share of the naive forecast's error that is avoided"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        steps = dataset.train.y.shape[1]
        return tuple(f"{number} step{'s' * (number > 1)} ahead" for number in range(1, steps + 1))

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        return own_values(dataset, output)

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Values (n, steps) in the series' own unit."""
        with evaluation(state.networks["model"]) as network:
            output = network(x)
        return output * float(state.dataset.target_scale[0]) + float(state.dataset.target_offset[0])

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The true and the predicted continuation (steps,), in the series' own unit."""
        dataset, predicted = state.dataset, answer_to(self, state, number)
        truth = (dataset.test.y[number] * dataset.target_scale + dataset.target_offset).astype(np.float32)
        error = float(np.abs(predicted - truth).mean())
        head = {"kind": "forecast", "error": round(error, 5) if np.isfinite(error) else None, "unit": unit_in(dataset.target_name)}
        return head, {"example/truth": truth, "example/predicted": predicted}
