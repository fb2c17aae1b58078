"""What the tasks share that train one network on one loss: a step, evaluation on fixed parts of the data, and metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch

from explorer.errors import DataError, SpecError
from explorer.experiment import TaskSpec, own_task
from explorer.networks.build import Network
from explorer.networks.cost import piece
from explorer.networks.passes import EVALUATED, EVALUATED_STEPS
from explorer.results.dataset import Dataset
from explorer.training.state import TrainingState, shared

PARTS = ("train", "validation", "test")  # as they stand in the names of metrics
F1_UNIT = "macro F1: mean over the classes of the harmonic mean of precision and recall"
ASKED = {
    "classification": "classes",
    "regression": "a number to predict",
    "tagging": "a tag for every token",
    "language": "a text to go on with",
    "forecasting": "a series to go on with",
    "box": "a box to find",
    "labels": "several labels that may hold together",
    "rating": "ratings",
}


def unsuited(task: TaskSpec, dataset: Dataset) -> DataError:
    """The error to raise where a task is asked of data made for another."""
    return DataError(
        f"{task.title()} needs {ASKED[task.problem]}, but this data set has {ASKED[dataset.problem]}. "
        f"Choose the task {own_task(dataset.problem).title()}."
    )


@contextmanager
def evaluation(network: Network) -> Iterator[Callable[[torch.Tensor], torch.Tensor]]:
    """The network in evaluation mode and without gradients while the block runs; many examples go through it piece by piece."""
    was_training = network.training
    if was_training:  # else it is inside another such block: going through all modules costs as much as a small network
        network.eval()
    try:
        with torch.no_grad():
            yield partial(_in_pieces, network)
    finally:
        if was_training:
            network.train()


def _in_pieces(network: Network, x: torch.Tensor) -> torch.Tensor:
    """What the network answers for `x`, with no more in memory at once than the estimate counts."""
    most = piece(network) if len(x) > 1 else 1
    return network(x) if len(x) <= most else torch.cat([network(part) for part in x.split(most)])


def supervised_step(task: TaskSpec, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
    """Forward, loss, backward and update of the network "model" on the training examples `batch`."""
    x, answers = state.batch(batch)
    output = state.networks["model"](x)
    value = shared(answers, lambda y: task.objective(output, x, y))
    state.update("model", value)
    return {"batch_loss": value.detach()}


def parts(state: TrainingState, most: int = EVALUATED) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
    """("train", x, y), ("validation", x, y) if that part was set aside, and ("test", x, y), at most `most` examples each."""
    yield "train", state.x_train[:most], state.y_train[:most]
    if state.x_validation is not None and state.y_validation is not None:
        yield "validation", state.x_validation[:most], state.y_validation[:most]
    yield "test", state.x_test[:most], state.y_test[:most]


def of_parts(measure: str, words: str) -> dict[str, str]:
    """The unit of one measure for every part it can be measured on: "train_loss", "validation_loss", "test_loss" -> words."""
    return {f"{part}_{measure}": words for part in PARTS}


def of_losses(words: str) -> dict[str, str]:
    """The unit of the loss, of a batch and of every part."""
    return {"batch_loss": words, **of_parts("loss", words)}


def token_parts(state: TrainingState) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
    """As `parts`, with at most EVALUATED_STEPS places."""
    return parts(state, min(max(EVALUATED_STEPS // state.x_train.shape[1], 1), EVALUATED))


def macro_f1(answer: torch.Tensor, truth: torch.Tensor, classes: int) -> float:
    """The mean over the classes of 2 TP / (2 TP + FP + FN): every class counts the same, however rare.

    A class that neither comes up nor is answered is left out. Both arguments: class numbers, int64 or bool, of one shape.
    """
    pairs = torch.add(answer, truth, alpha=classes).flatten()
    counts = torch.bincount(pairs, minlength=classes**2).cpu().numpy().reshape(classes, classes)
    found, answered_or_true = counts.diagonal(), counts.sum(0) + counts.sum(1)
    present = answered_or_true > 0
    return float((2 * found[present] / answered_or_true[present]).mean())


def answer_to(task: TaskSpec, state: TrainingState, number: int) -> np.ndarray:
    """What `task` predicts for example `number` of the test part, float32 without the batch axis."""
    return task.predict(state, state.x_test[number : number + 1])[0].float().cpu().numpy()


def at_place(output: torch.Tensor, place: int) -> torch.Tensor:
    """What is answered at one place of each text: (n, T, answers) -> (n, answers); -1 is the last. Raises SpecError."""
    if place >= output.shape[1]:
        raise SpecError(f"There is no place {place} in a text of {output.shape[1]}: they are counted from 0 to {output.shape[1] - 1}.")
    return output[:, place]


def own_values(dataset: Dataset, output: torch.Tensor) -> torch.Tensor:
    """Values (n, targets) in the target's own unit, with their gradient, of what a network gave in units of its spread."""
    scale, offset = (torch.from_numpy(a).to(output) for a in (dataset.target_scale, dataset.target_offset))
    return output * scale + offset


def value_answer(dataset: Dataset, truth: float, predicted: float) -> dict[str, Any]:
    """A number beside the true one, in the target's own unit, and the lowest and the highest of the training part."""
    values = dataset.train.y[:, 0] * dataset.target_scale[0] + dataset.target_offset[0]
    ends = [float(values.min()), float(values.max())]
    return {
        "kind": "value",
        "label": f"{truth:.4g}",
        "predicted": f"{predicted:.4g}",
        "probabilities": [],
        "scale": ends if ends[1] > ends[0] else None,
        "unit": unit_in(dataset.target_name),
    }


def unit_in(name: str) -> str:
    """ "height of the sea (m)" -> "m"; "" where the name holds none."""
    return name.rpartition("(")[2].removesuffix(")") if name.endswith(")") and "(no unit)" not in name else ""


def plain(values: np.ndarray, digits: int = 5) -> list[float | None]:
    """Numbers (n,) as JSON can hold them: rounded, None where not finite."""
    return [round(float(value), digits) if math.isfinite(value) else None for value in values]


def finite(metrics: dict[str, float]) -> dict[str, float]:
    """Only the numbers: a metric that is infinite or not a number is not a measurement."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
