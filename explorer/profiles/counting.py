"""How often every class, tag and token comes in each part."""

from __future__ import annotations

import numpy as np

from explorer.results.dataset import Dataset
from explorer.results.profile import Counts, Histogram


def answer_counts(dataset: Dataset) -> Counts | None:
    """Examples of each class or label, or tokens with each tag; None where something else is answered."""
    if not dataset.classes:
        return None
    if dataset.problem == "labels":  # each holds or does not
        held = {name: part.y.sum(axis=0).astype(np.int64) for name, part in dataset.parts.items()}
        return _counts("examples", dataset.class_names, held)
    what = "examples" if dataset.train.y.ndim == 1 else "tokens"
    return _counts(what, dataset.class_names, {name: counted(part.y, dataset.classes) for name, part in dataset.parts.items()})


def token_counts(dataset: Dataset) -> Counts | None:
    """How often each token of the vocabulary is read, the most frequent in the training part first; None without tokens.

    What only fills rows up is not counted.
    """
    if not dataset.vocabulary:
        return None
    amounts = {name: counted(part.raw, len(dataset.vocabulary)) for name, part in dataset.parts.items()}
    order = np.argsort(-amounts["training"], kind="stable")
    order = order[order != dataset.filler]
    return _counts("tokens", tuple(dataset.vocabulary[i] for i in order), {name: values[order] for name, values in amounts.items()})


def _counts(what: str, names: tuple[str, ...], parts: dict[str, np.ndarray]) -> Counts:
    return Counts(what, names, parts["training"], parts["test"], parts.get("validation"))


def lengths(dataset: Dataset) -> Histogram | None:
    """Tokens in each row, what fills it up not counted; None where rows are not filled up."""
    token = dataset.filler
    if token < 0:
        return None
    amounts = [(part.raw != token).sum(axis=1) for part in dataset.parts.values()]
    edges = np.arange(min(one.min() for one in amounts), max(one.max() for one in amounts) + 2) - 0.5
    return Histogram("length (tokens)", edges, tuple(dataset.parts), np.array([np.histogram(one, edges)[0] for one in amounts]))


def counted(numbers: np.ndarray, kinds: int) -> np.ndarray:
    """int64 (kinds,): how often each of 0 to kinds - 1 occurs in `numbers` of any shape."""
    return np.bincount(numbers.ravel().astype(np.int64), minlength=kinds)
