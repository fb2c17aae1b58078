"""One example on its way to the network: as it was drawn, spoilt, scaled, and fed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.experiment import DataSpec, sampling
from explorer.experiment.data import formula_of
from explorer.profiles.columns import names_of
from explorer.profiles.curves import is_pictures, is_series
from explorer.profiles.spoiling import in_use
from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Stage


def part_of(dataset: Dataset, name: str) -> Part:
    """The part with this name: "training", "validation" or "test"; the training part where there is no such part."""
    return dataset.parts.get(name, dataset.train)


def stages(data: DataSpec, dataset: Dataset, plain: Dataset, part: str, number: int) -> tuple[Stage, ...]:
    """The stages of one example, in order; a stage that changes nothing is left out.

    Args:
        data: the record the examples were drawn by.
        dataset: what it drew.
        plain: the same examples in the same places with nothing done to them.
        part: "training", "validation" or "test".
        number: of the example in that part, counted from 0.
    """
    here, before = part_of(dataset, part), part_of(plain, part)
    names, raw, fed = names_of(dataset), here.raw[number], here.x[number]
    found = [Stage("as it is", as_it_is(dataset), names, raw)]
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


def as_it_is(dataset: Dataset) -> str:
    """What the numbers of an example are before anything is made of them."""
    if dataset.vocabulary:
        return "As a person reads it."
    return "Brightness, from 0, dark, to 1, bright." if is_pictures(dataset) else "In its own units."


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
    say = ANSWERS.get(dataset.problem)
    return say(dataset, part_of(dataset, part), number) if say else ""


def _class(dataset: Dataset, part: Part, number: int) -> str:
    return f"{dataset.class_names[part.y[number]]}{' (a wrong label, by label noise)' if part.flipped[number] else ''}"


def _number(dataset: Dataset, part: Part, number: int) -> str:
    values = part.y[number] * dataset.target_scale + dataset.target_offset
    return ", ".join(f"{value:.4g}" for value in values)


def _labels(dataset: Dataset, part: Part, number: int) -> str:
    return ", ".join(name for name, holds in zip(dataset.class_names, part.y[number], strict=True) if holds) or "none"


def _box(dataset: Dataset, part: Part, number: int) -> str:
    left, top, right, bottom = part.y[number]
    return f"{left:.0%} to {right:.0%} across, {top:.0%} to {bottom:.0%} down"


ANSWERS: dict[str, Callable[[Dataset, Part, int], str]] = {
    "classification": _class,
    "regression": _number,
    "rating": _number,
    "labels": _labels,
    "box": _box,
}


def fed_in_words(dataset: Dataset) -> str:
    """What the network is fed of every example."""
    shape = dataset.input_shape
    if dataset.vocabulary:
        return f"{shape.sizes[0]} token numbers from 0 to {shape.vocabulary - 1}: the place of each in the vocabulary."
    if is_pictures(dataset):
        channels, height, width = shape.sizes
        return f"{shape.numel:,} numbers: {counted(channels, 'channel')} of {height} by {width} pixels."
    if is_series(dataset):
        return f"{shape.numel:,} numbers: {counted(shape.sizes[1], 'number')} at each of {shape.sizes[0]} steps."
    return f"{counted(shape.numel, 'number')}."


def counted(amount: int, noun: str) -> str:
    """ "1 number", "2 numbers"."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"
