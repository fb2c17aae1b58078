"""How often every class, tag and token comes in each part."""

from __future__ import annotations

import numpy as np

from explorer.results.dataset import Dataset
from explorer.results.profile import Counts


def answer_counts(dataset: Dataset) -> Counts | None:
    """Examples of each class or label, or tokens with each tag; None where something else is answered."""
    if not dataset.classes:
        return None
    if dataset.problem == "labels":  # each holds or does not
        return Counts("examples", dataset.class_names, *(part.y.sum(axis=0).astype(np.int64) for part in (dataset.train, dataset.test)))
    what = "examples" if dataset.train.y.ndim == 1 else "tokens"
    return Counts(what, dataset.class_names, *(counted(part.y, dataset.classes) for part in (dataset.train, dataset.test)))


def token_counts(dataset: Dataset) -> Counts | None:
    """How often each token of the vocabulary is read, the most frequent in the training part first; None without tokens."""
    if not dataset.vocabulary:
        return None
    train, test = (counted(part.raw, len(dataset.vocabulary)) for part in (dataset.train, dataset.test))
    order = np.argsort(-train, kind="stable")
    return Counts("tokens", tuple(dataset.vocabulary[i] for i in order), train[order], test[order])


def counted(numbers: np.ndarray, kinds: int) -> np.ndarray:
    """int64 (kinds,): how often each of 0 to kinds - 1 occurs in `numbers` of any shape."""
    return np.bincount(numbers.ravel().astype(np.int64), minlength=kinds)
