"""What classification and regression share: one network, one loss, evaluation on fixed parts of the data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from explorer.experiment import LossSpec, TaskSpec
from explorer.training.state import TrainingState

EVALUATED = 2000  # examples of each part that metrics are measured on: all of a smaller part, else the first ones


@contextmanager
def evaluation(network: nn.Module) -> Iterator[nn.Module]:
    """The network in evaluation mode and without gradients while the block runs."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield network
    finally:
        network.train(was_training)


def supervised_step(state: TrainingState, loss: LossSpec, batch: torch.Tensor) -> dict[str, torch.Tensor]:
    """Forward, loss, backward and update of the network "model" on the training examples `batch`."""
    output = state.networks["model"](state.x_train[batch])
    value = loss.loss(output, state.y_train[batch])
    state.update("model", value)
    return {"batch_loss": value.detach()}


def parts(state: TrainingState) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
    """("train", x, y) and ("test", x, y), at most EVALUATED examples each."""
    yield "train", state.x_train[:EVALUATED], state.y_train[:EVALUATED]
    yield "test", state.x_test[:EVALUATED], state.y_test[:EVALUATED]


def answer_to(task: TaskSpec, state: TrainingState, number: int) -> np.ndarray:
    """What `task` predicts for example `number` of the test part, float32 without the batch axis."""
    return task.predict(state, state.x_test[number : number + 1])[0].float().cpu().numpy()


def plain(values: np.ndarray, digits: int = 5) -> list[float | None]:
    """Numbers (n,) as JSON can hold them: rounded, None where not finite."""
    return [round(float(value), digits) if math.isfinite(value) else None for value in values]


def finite(metrics: dict[str, float]) -> dict[str, float]:
    """Only the numbers: a metric that is infinite or not a number is not a measurement."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
