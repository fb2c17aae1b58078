"""Box regression: where something is."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch

from explorer.experiment import LOSSES, TASKS, TaskSpec, any_of, live
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import answer_to, evaluation, finite, of_losses, of_parts, parts, plain, supervised_step, unsuited

FOUND = 0.5  # overlap from which on something counts as found
SMOOTH = 0.1  # of the picture's side: misses below it are squared


@TASKS.register("box_regression")
class BoxRegression(TaskSpec):
    """Say where something is: the left, top, right and bottom edge of the box around it, in shares of the picture's side.

    The network ends in four numbers. The usual loss is squared for small misses and straight for large ones ("smooth L1").
    Sources: Girshick, "Fast R-CNN", 2015, equation 3; Everingham et al., "The PASCAL Visual Object Classes Challenge", 2010, on overlap.
    """

    problem: ClassVar[str] = "box"
    losses: ClassVar[str] = "regression"
    answers: ClassVar[str] = "boxes"
    score_unit: ClassVar[str] = "shares of the picture's side"

    loss: any_of(LOSSES) = live(
        default_factory=lambda: LOSSES["huber"].model_validate({"delta": SMOOTH}),
        validate_default=True,
        description="what training makes small, edge by edge",
    )

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "box":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.features(4)

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output, y)

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        with evaluation(state.networks["model"]) as network:
            for part, x, y in parts(state):
                output = network(x)
                shared = overlap(output, y)
                if not shared.isfinite().all():
                    continue
                metrics[f"{part}_loss"] = self.loss.loss(output, y).item()
                metrics[f"{part}_iou"] = shared.mean().item()
                metrics[f"{part}_found"] = (shared >= FOUND).float().mean().item()
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses(f"{self.loss.title().lower()}, in shares of the picture's side"),
            **of_parts("iou", "intersection over union: area that both boxes share, over the area of the two together"),
            **of_parts("found", f"share of boxes that overlap the true one by {FOUND:g} or more"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return ("left edge", "top edge", "right edge", "bottom edge")

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Boxes (n, 4): left, top, right, bottom in shares of the picture's side."""
        with evaluation(state.networks["model"]) as network:
            return network(x)

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The true and the predicted box, and how far they overlap."""
        truth, predicted = state.dataset.test.y[number], answer_to(self, state, number)
        shared = overlap(torch.from_numpy(predicted)[None], torch.from_numpy(truth)[None]).numpy()
        return {"kind": "box", "truth": plain(truth), "predicted": plain(predicted), "iou": plain(shared)[0]}, {}


def overlap(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Intersection over union (n,) of pairs of boxes (n, 4); a box whose right lies left of its left is empty."""
    shared = _area(torch.cat([torch.maximum(boxes[:, :2], others[:, :2]), torch.minimum(boxes[:, 2:], others[:, 2:])], 1))
    return shared / (_area(boxes) + _area(others) - shared).clamp_min(1e-12)


def _area(boxes: torch.Tensor) -> torch.Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).clamp_min(0).prod(1)
