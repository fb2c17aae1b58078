"""Reconstruction: the input itself is the answer."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch

from explorer.errors import DataError
from explorer.experiment import LOSSES, TASKS, DataSpec, TaskSpec, any_of, live
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import answer_to, evaluation, finite, of_losses, of_parts, parts, supervised_step


@TASKS.register("reconstruction")
class Reconstruction(TaskSpec):
    """Give back what came in. Through a narrow layer, that takes finding out what the examples have in common.

    Such a network is an autoencoder. It needs no labels, and suits everything made of numbers: pictures, tables, points and series.
    Source: Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", 2006.
    """

    losses: ClassVar[str] = "regression"
    answers: ClassVar[str] = "inputs"
    score_unit: ClassVar[str] = "mean squared error"

    loss: any_of(LOSSES) = live(default_factory=lambda: LOSSES["mse"](), validate_default=True, description="what training makes small")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return not data.tokens

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.input_shape.vocabulary:
            raise DataError("Reconstruction needs numbers, but this data set has tokens. Choose pictures, points, a table or series.")
        return dataset.input_shape, dataset.input_shape

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output, x)

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        with evaluation(state.networks["model"]) as network:
            for part, x, _ in parts(state):
                output = network(x)
                spread = (x - x.mean(0)).square().sum().item()
                metrics[f"{part}_loss"] = self.loss.loss(output, x).item()
                metrics[f"{part}_error"] = (output - x).abs().mean().item()
                metrics[f"{part}_r2"] = 1 - (output - x).square().sum().item() / spread if spread else float("nan")
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses(f"{self.loss.title().lower()}, per number fed in"),
            **of_parts("error", "mean absolute error, per number fed in"),
            **of_parts("r2", "share of the input's variance explained"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return ("error of what comes back",)

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        """The mean squared error (n, 1) of what comes back."""
        return (output - x).square().flatten(1).mean(1, keepdim=True)

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """(n, *input_shape): what comes back, in the units in which the network is fed."""
        with evaluation(state.networks["model"]) as network:
            return network(x)

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What went in and what came back, in the units in which the network is fed."""
        original, again = state.dataset.test.x[number], answer_to(self, state, number)
        error = float(np.abs(again - original).mean())
        head = {"kind": "reconstruction", "error": round(error, 5) if np.isfinite(error) else None}
        return head, {"example/original": original, "example/reconstruction": again}
