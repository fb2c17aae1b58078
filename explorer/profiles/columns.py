"""The numbers of flat examples, column by column and two by two. Values that are missing (NaN) are counted and left out."""

from __future__ import annotations

import numpy as np

from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Column, Correlations, Histogram

MOST_CORRELATED = 60  # columns; more cannot be read in one picture
AXES = ("x", "y")
SINGLE = ("regression", "rating")  # problems whose answer is one number


def names_of(dataset: Dataset) -> tuple[str, ...]:
    """One name per number of a flat example in its own units; empty for pictures, tokens and series."""
    raw = dataset.train.raw
    if raw.ndim != 2 or dataset.vocabulary:
        return ()
    if dataset.coordinates:
        return AXES[: dataset.coordinates]
    named = len(dataset.input_names) == raw.shape[1]
    return dataset.input_names if named else tuple(f"number {i + 1}" for i in range(raw.shape[1]))


def columns(dataset: Dataset) -> tuple[Column, ...]:
    """A summary of every column of a flat data set; empty for any other."""
    parts = {name: known(part) for name, part in dataset.parts.items()}
    return tuple(_column(name, {part: values[:, i] for part, values in parts.items()}) for i, name in enumerate(names_of(dataset)))


def known(part: Part) -> np.ndarray:
    """The examples of a part in their own units, NaN where a number was taken away."""
    return part.raw if part.missing is None else np.where(part.missing, np.float32(np.nan), part.raw)


def target(dataset: Dataset) -> Column | None:
    """The number that is to be answered; None where something else is, or several numbers are."""
    if dataset.problem not in SINGLE or dataset.train.y.shape[1] != 1:
        return None
    return _column(dataset.target_name, {name: answers(dataset, part) for name, part in dataset.parts.items()})


def answers(dataset: Dataset, part: Part) -> np.ndarray:
    """The (first) number to answer of each example, (n,), in its own unit."""
    return part.y[:, 0] * dataset.target_scale[0] + dataset.target_offset[0]


def histogram(dataset: Dataset, name: str, bins: int = 24) -> Histogram:
    """How one column of the training part spreads, by class; a number to answer by itself, part by part."""
    names = names_of(dataset)
    if name in names:
        return _grouped(name, known(dataset.train)[:, names.index(name)], dataset.train.y, dataset.class_names, bins)
    parts = {name: answers(dataset, part) for name, part in dataset.parts.items()}
    part_of = np.repeat(np.arange(len(parts)), [len(values) for values in parts.values()])
    return _grouped(name, np.concatenate(list(parts.values())), part_of, tuple(parts), bins)


def correlations(dataset: Dataset) -> Correlations | None:
    """Of a table's columns and its target; None where there are fewer than two columns, or too many to read."""
    names = names_of(dataset)
    if dataset.coordinates or not 2 <= len(names) <= MOST_CORRELATED:
        return None
    table = known(dataset.train).astype(np.float64)
    if target(dataset):
        names, table = (*names, dataset.target_name), np.column_stack([table, answers(dataset, dataset.train)])
    return Correlations(names, correlated(table))


def correlated(table: np.ndarray) -> np.ndarray:
    """Pearson's correlation of every two columns of (n, k), over the rows where neither is missing; NaN for a constant column."""
    there = np.isfinite(table)
    if there.all():
        return _pearson(table)
    result = np.eye(table.shape[1])
    for i in range(table.shape[1]):
        for j in range(i + 1):
            both = there[:, i] & there[:, j]
            pair = _pearson(table[both][:, [i, j]]) if both.sum() > 1 else np.full((2, 2), np.nan)
            result[i, j] = result[j, i] = pair[0, 1]
    return result


def _pearson(table: np.ndarray) -> np.ndarray:
    centred = table - table.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    size[size <= 1e-6 * np.abs(table).max(axis=0, initial=0) * np.sqrt(len(table))] = np.nan  # constant, but for rounding
    return np.clip(centred.T @ centred / np.outer(size, size), -1, 1)


def _column(name: str, parts: dict[str, np.ndarray]) -> Column:
    train = parts["training"]
    values = train[np.isfinite(train)].astype(np.float64)
    some = values if len(values) else np.array([np.nan])
    missing = {part: int((~np.isfinite(found)).sum()) for part, found in parts.items()}
    mean, deviation, low, high = (float(number) for number in (some.mean(), some.std(), some.min(), some.max()))
    gaps = (missing["training"], missing["test"], missing.get("validation", 0))
    return Column(name, mean, deviation, low, high, len(np.unique(values)), *gaps)


def _grouped(name: str, values: np.ndarray, group: np.ndarray, names: tuple[str, ...], bins: int) -> Histogram:
    """Counts per group; one group of all where the groups have no names."""
    there = np.isfinite(values)
    values = values[there].astype(np.float64)
    edges = _edges(values, bins)
    members = [values[group[there] == number] for number in range(len(names))] if names else [values]
    return Histogram(name, edges, names or ("all",), np.array([np.histogram(one, edges)[0] for one in members]))


def _edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Bin edges; few different whole numbers get a bin each, so that no bin lies empty between them."""
    if not len(values):
        return np.array([0.0, 1.0])
    low, high = values.min(), values.max()
    if high - low < bins and (values == np.round(values)).all():
        return np.arange(low - 0.5, high + 1)
    return np.linspace(low, high if high > low else low + 1, bins + 1)
