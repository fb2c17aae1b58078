"""A layer's outputs as rows of numbers, one for each example, and what an example is marked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from threadpoolctl import threadpool_limits

from explorer.inspections.base import MODEL
from explorer.inspections.places import Place, inputs_of, numbers_up_to, outputs_at, sees_data, spread
from explorer.inspections.wording import share
from explorer.results.dataset import Dataset
from explorer.training.loop import Training

NEIGHBOURS = 5
Marks = tuple[dict[str, Any], np.ndarray]  # facts: "colour" is "class" with "names", or "number" with "name"; and a number for each example


def examples_field(default: int, most: int) -> Any:
    """The field that says how many test examples are looked at."""
    return Field(default, ge=10, le=most, description="how many test examples are looked at, from the first on; more take longer")


def colour_field() -> Any:
    """The field that says what points are coloured by."""
    return Field(
        "class", description="what the points are coloured by: the class (or the number to answer), or how the network errs on them"
    )


Colour = Literal["class", "error"]


def columns(most: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """What is kept of an output: (n, numbers), of many numbers as many as `most`, evenly spread."""

    def keep(output: torch.Tensor) -> torch.Tensor:
        flat = output.flatten(1)
        return flat if flat.shape[1] <= most else flat[:, torch.from_numpy(spread(flat.shape[1], most)).to(flat.device)]

    return keep


def features(training: Training, place: Place, examples: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n, numbers) of a layer for the first test examples, and their numbers (n,)."""
    numbers = numbers_up_to(training, place.role, examples)
    outputs = outputs_at(training, [place], inputs_of(training, place.role, numbers), columns(most))[place.name]
    return np.nan_to_num(outputs.double().numpy()), numbers


def marks(training: Training, place: Place, numbers: np.ndarray, by: Colour) -> Marks:
    """What the examples are coloured by: their class, the number to answer, or how the network errs on them."""
    dataset, answers = training.state.dataset, training.experiment.task.answers
    if not (place.role == MODEL and sees_data(training, place.role)):
        return {"colour": "class", "names": ["drawn from noise"]}, np.zeros(len(numbers))
    y = dataset.test.y[numbers]
    if by == "error" and answers in ERRORS and (answers == "values" or y.ndim == 1):
        given = training.experiment.task.predict(training.state, training.state.x_test[torch.from_numpy(numbers)]).float().cpu().numpy()
        return ERRORS[answers](dataset, given, y)
    if dataset.classes and y.ndim == 1:
        return {"colour": "class", "names": list(dataset.class_names)}, y.astype(float)
    if dataset.problem in ("regression", "rating"):
        values = y[:, 0] * dataset.target_scale[0] + dataset.target_offset[0]
        return {"colour": "number", "name": dataset.target_name or "number to answer"}, values.astype(float)
    return {"colour": "class", "names": ["test examples"]}, np.zeros(len(numbers))


def _right_or_wrong(dataset: Dataset, given: np.ndarray, y: np.ndarray) -> Marks:
    return {"colour": "class", "names": ["answered right", "answered wrong"]}, (given.argmax(1) != y).astype(float)


def _distance(dataset: Dataset, given: np.ndarray, y: np.ndarray) -> Marks:
    truth = y[:, 0] * dataset.target_scale[0] + dataset.target_offset[0]
    return {"colour": "number", "name": f"error: {dataset.target_name or 'number to answer'}"}, np.abs(given[:, 0] - truth).astype(float)


ERRORS: dict[str, Callable[[Dataset, np.ndarray, np.ndarray], Marks]] = {"classes": _right_or_wrong, "values": _distance}


def same_beside(rows: np.ndarray, labels: np.ndarray) -> float:
    """Of the nearest NEIGHBOURS of every row (Euclidean), the share with its label."""
    from sklearn.neighbors import NearestNeighbors

    with threadpool_limits(1):
        near = NearestNeighbors(n_neighbors=min(NEIGHBOURS + 1, len(rows))).fit(rows).kneighbors(rows, return_distance=False)
    return float(np.mean([(labels[others[others != i][:NEIGHBOURS]] == labels[i]).mean() for i, others in enumerate(near)]))


def beside_in_words(picture: np.ndarray, rows: np.ndarray, marked: Marks) -> tuple[str, ...]:
    """How well the classes keep together, in the picture and in the layer itself; nothing where there are no classes."""
    facts, labels = marked
    if facts["colour"] != "class" or len(facts["names"]) < 2 or len(rows) < NEIGHBOURS + 1:
        return ()
    here, there = share(same_beside(picture, labels)), share(same_beside(rows, labels))
    return (f"Of the {NEIGHBOURS} nearest neighbours of a point, {here} have its colour in this picture, and {there} in the layer itself.",)
