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
        return Counts("examples", dataset.class_names, *(part.y.sum(axis=0).astype(np.int64) for part in (dataset.train, dataset.test)))
    what = "examples" if dataset.train.y.ndim == 1 else "tokens"
    return Counts(what, dataset.class_names, *(counted(part.y, dataset.classes) for part in (dataset.train, dataset.test)))


def token_counts(dataset: Dataset) -> Counts | None:
    """How often each token of the vocabulary is read, the most frequent in the training part first; None without tokens.

    What only fills rows up is not counted.
    """
    if not dataset.vocabulary:
        return None
    train, test = (counted(part.raw, len(dataset.vocabulary)) for part in (dataset.train, dataset.test))
    order = np.argsort(-train, kind="stable")
    order = order[order != filler(dataset)]
    return Counts("tokens", tuple(dataset.vocabulary[i] for i in order), train[order], test[order])


def filler(dataset: Dataset) -> int:
    """The token that fills rows up: it comes only at their end, or only at their beginning, and not as often in all; -1: none."""
    rows = dataset.train.raw
    for one_way in (rows[:, ::-1], rows):
        for token in np.unique(one_way[:, 0]):
            here = one_way == token
            run, every = np.logical_and.accumulate(here, axis=1).sum(axis=1), here.sum(axis=1)
            if (run == every).all() and np.ptp(run) > 1:
                return int(token)
    return -1


def lengths(dataset: Dataset) -> Histogram | None:
    """Tokens in each row, what fills it up not counted; None where rows are not filled up."""
    token = filler(dataset) if dataset.vocabulary else -1
    if token < 0:
        return None
    amounts = [(part.raw != token).sum(axis=1) for part in (dataset.train, dataset.test)]
    edges = np.arange(min(one.min() for one in amounts), max(one.max() for one in amounts) + 2) - 0.5
    return Histogram("length (tokens)", edges, ("training", "test"), np.array([np.histogram(one, edges)[0] for one in amounts]))


def counted(numbers: np.ndarray, kinds: int) -> np.ndarray:
    """int64 (kinds,): how often each of 0 to kinds - 1 occurs in `numbers` of any shape."""
    return np.bincount(numbers.ravel().astype(np.int64), minlength=kinds)
