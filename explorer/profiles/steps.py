"""One example on its way to the network: as it was drawn, spoilt, scaled, and fed."""

from __future__ import annotations

import numpy as np

from explorer.experiment import DataSpec, sampling
from explorer.experiment.data import formula_of
from explorer.profiles.columns import names_of
from explorer.profiles.spoiling import in_use
from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Stage


def part_of(dataset: Dataset, name: str) -> Part:
    """The part with this name: "training" or "test"."""
    return {"training": dataset.train, "test": dataset.test}[name]


def stages(data: DataSpec, dataset: Dataset, plain: Dataset, part: str, number: int) -> tuple[Stage, ...]:
    """The stages of one example, in order; a stage that changes nothing is left out.

    Args:
        data: the record the examples were drawn by.
        dataset: what it drew.
        plain: the same examples in the same places with nothing done to them.
        part: "training" or "test".
        number: of the example in that part, counted from 0.
    """
    here, before = part_of(dataset, part), part_of(plain, part)
    names, raw, fed = names_of(dataset), here.raw[number], here.x[number]
    found = [Stage("as it is", "In its own units, as the network never sees it.", names, raw)]
    if before.raw.shape == here.raw.shape and not np.array_equal(before.raw[number], raw):
        used = ", ".join(name.replace("_", " ") for name in in_use(data))
        drawn = Stage("as drawn", "Before anything was done to it.", names, before.raw[number])
        found = [drawn, Stage("made harder", f"After {used}.", names, raw)]
    if data.standardise:
        found.append(Stage("scaled", scaling_in_words(raw), names, scaled(dataset, raw)))
    if data.features:
        fed_names = tuple(formula_of(name) for name in data.features)
        found.append(Stage("features", "The numbers that were chosen to be made of it.", fed_names, fed))
    return tuple(found)


def scaled(dataset: Dataset, raw: np.ndarray) -> np.ndarray:
    """An example of a standardised set: every column less the mean of the training part, over its deviation."""
    offset, scale = scaling(dataset)
    return ((raw - offset) / scale).astype(np.float32)


def scaling(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of every column of the training part."""
    train = dataset.train.raw
    return sampling.scaling(train.reshape(-1, train.shape[-1]))


def scaling_in_words(raw: np.ndarray) -> str:
    """What scaling does to this example."""
    each = "Each number" if raw.ndim == 1 else "The value at every step"
    return f"{each} less the mean of the training part, divided by its standard deviation: around 0, mostly between -2 and 2."


def answer_in_words(dataset: Dataset, part: str, number: int) -> str:
    """What the network is to answer to one example; "" where the answer is a row of its own."""
    y = part_of(dataset, part).y[number]
    if dataset.problem == "classification":
        wrong = " (a wrong label, by label noise)" if part_of(dataset, part).flipped[number] else ""
        return f"{dataset.class_names[y]}{wrong}"
    if dataset.problem == "regression" and y.size == 1:
        return f"{y[0] * dataset.target_scale[0] + dataset.target_offset[0]:.4g}"
    return ""


def fed_in_words(dataset: Dataset) -> str:
    """What the network is fed of every example."""
    shape = dataset.input_shape
    if dataset.vocabulary:
        return f"{shape.sizes[0]} token numbers from 0 to {shape.vocabulary - 1}; an embedding layer turns each into a row of numbers."
    sizes = " by ".join(f"{size} {axis}" for size, axis in zip(shape.sizes, shape.axes, strict=True))
    return f"{shape.numel:,} numbers: {sizes}." if len(shape.sizes) > 1 else f"{shape.numel:,} numbers."
