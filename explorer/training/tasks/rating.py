"""Rating: how much somebody will like something."""

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


@TASKS.register("rating")
class Rating(TaskSpec):
    """Say how somebody will rate something, from who and what alone.

    An example is two tokens: who, and the thing rated. It is compared with what needs no network: the mean of all ratings the thing
    got in the training part, and the mean of everything for a thing that got none.
    """

    problem: ClassVar[str] = "rating"
    losses: ClassVar[str] = "regression"
    answers: ClassVar[str] = "values"

    loss: any_of(LOSSES) = live(default_factory=lambda: LOSSES["mse"](), validate_default=True, description="what training makes small")

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "rating":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.features(1)

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output, y)

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        scale, means = float(state.dataset.target_scale[0]), item_means(state.x_train, state.y_train, state.dataset.input_shape.vocabulary)
        with evaluation(state.networks["model"]) as network:
            for part, x, y in parts(state):
                output = network(x)
                squared, plain = (output - y).square().mean().item(), (means[x[:, 1]] - y[:, 0]).square().mean().item()
                metrics[f"{part}_loss"] = self.loss.loss(output, y).item()
                metrics[f"{part}_rmse"] = scale * squared**0.5
                metrics[f"{part}_error"] = scale * (output - y).abs().mean().item()
                metrics[f"{part}_skill"] = 1 - squared / plain if plain else float("nan")
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses(self.loss.unit),
            **of_parts("rmse", "root mean square error, in the target's unit"),
            **of_parts("error", "mean absolute error, in the target's unit"),
            **of_parts("skill", "share of the squared error of each thing's mean rating that is avoided"),
        }

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        return own_values(dataset, output)

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Ratings (n, 1) in their own unit."""
        with evaluation(state.networks["model"]) as network:
            output = network(x)
        return output * float(state.dataset.target_scale[0]) + float(state.dataset.target_offset[0])

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The true and the predicted rating, in their own unit."""
        dataset = state.dataset
        truth = dataset.test.y[number, 0] * dataset.target_scale[0] + dataset.target_offset[0]
        return value_answer(dataset, truth, answer_to(self, state, number)[0]), {}


def item_means(x: torch.Tensor, y: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """Mean of the ratings `y` (n, 1) of each thing, the second token of `x` (n, 2): float (vocabulary,); of all where it has none."""
    total = torch.zeros(vocabulary, device=y.device).index_add(0, x[:, 1], y[:, 0])
    count = torch.zeros(vocabulary, device=y.device).index_add(0, x[:, 1], torch.ones_like(y[:, 0]))
    return torch.where(count > 0, total / count.clamp_min(1), y.mean())
