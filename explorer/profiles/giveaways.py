"""How far a single input gets: an input that answers everything by itself may be the answer in disguise.

Every input is cut into ranges of equally many training examples, and smaller ones at both ends; the rule answers, in each
range, what the training examples there have most often (of numbers: their mean). The input is chosen on the training part,
by its mutual information with the answer, and its rule measured on the test part: nothing is found by searching the test part.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.profiles.columns import answers, known, names_of
from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Marker, Rule

RANGES = 16
TAILS = (0.002, 0.005, 0.01, 0.02)  # smaller ranges at both ends, where a rare class may lie
FEWEST_IN_RANGE = 5
MOST_EXAMPLES = 4000  # of each part
FEWEST_INPUTS = 2  # where there is one, it is all there is


def best_rule(dataset: Dataset) -> Rule | None:
    """The best rule that looks at one input; None where a rule of this kind does not apply."""
    measure = RULES.get(dataset.problem)
    return measure(dataset) if measure else None


def token_rule(dataset: Dataset) -> Rule:
    """Tagging, language: the most frequent answer to each token, wherever it stands."""
    (x, y), (seen, asked) = ((part.raw.ravel(), part.y.ravel()) for part in (dataset.train, dataset.test))
    counts = _joint(x, y, len(dataset.vocabulary), dataset.classes or len(dataset.vocabulary))
    constant = np.bincount(y).argmax()
    return Rule("the token itself", "accuracy", _share(counts.argmax(axis=1)[seen] == asked), _share(asked == constant))


def class_rule(dataset: Dataset) -> Rule | None:
    """Classification: the most frequent class in each range of the best input."""
    train, test, names = _inputs(dataset)
    if train.shape[1] < FEWEST_INPUTS:
        return None
    y, asked = dataset.train.y[: len(train)], dataset.test.y[: len(test)]
    edges = [_edges(train[:, i]) for i in range(train.shape[1])]
    counts = [_joint(_ranges(train[:, i], cut), y, len(cut) + 1, dataset.classes) for i, cut in enumerate(edges)]
    best = int(np.argmax([_information(table) for table in counts]))
    where, table = _ranges(test[:, best], edges[best]), counts[best]
    shares = (table[:, -1] + 0.5) / (table.sum(axis=1) + 1)
    auroc = _auroc(shares[where], asked == 1) if dataset.classes == 2 else float("nan")
    constant = np.bincount(y).argmax()
    return Rule(names(best), "accuracy", _share(table.argmax(axis=1)[where] == asked), _share(asked == constant), auroc)


def class_marker(dataset: Dataset) -> Marker | None:
    """Classification: the input that tells most about one class, and which; None where there is no choice of inputs."""
    if dataset.problem != "classification":
        return None
    train, test, names = _inputs(dataset)
    if train.shape[1] < FEWEST_INPUTS:
        return None
    y, asked = dataset.train.y[: len(train)], dataset.test.y[: len(test)]
    edges = [_edges(train[:, i]) for i in range(train.shape[1])]
    counts = [_joint(_ranges(train[:, i], cut), y, len(cut) + 1, dataset.classes) for i, cut in enumerate(edges)]
    told = np.array([[_told(table, label) for label in range(dataset.classes)] for table in counts])
    best, label = (int(i) for i in np.unravel_index(told.argmax(), told.shape))
    is_it = 2 * counts[best][:, label] > counts[best].sum(axis=1)  # (ranges,)
    right = [_share(is_it[_ranges(x[:, best], edges[best])] == (answer == label)) for x, answer in ((train, y), (test, asked))]
    return Marker(names(best), dataset.class_names[label], float(told[best, label]), right[0], right[1])


def number_rule(dataset: Dataset) -> Rule | None:
    """Regression: the mean answer in each range of the best input."""
    train, test, names = _inputs(dataset)
    if train.shape[1] < FEWEST_INPUTS or dataset.train.y.shape[1] != 1:
        return None
    y, asked = answers(dataset, dataset.train)[: len(train)], answers(dataset, dataset.test)[: len(test)]
    edges = [_edges(train[:, i]) for i in range(train.shape[1])]
    means = [_means(_ranges(train[:, i], cut), y, len(cut) + 1) for i, cut in enumerate(edges)]
    errors = [((means[i][_ranges(train[:, i], cut)] - y) ** 2).mean() for i, cut in enumerate(edges)]
    best = int(np.argmin(errors))
    said = means[best][_ranges(test[:, best], edges[best])]
    total = ((asked - asked.mean()) ** 2).sum()
    constant = 1 - ((asked - y.mean()) ** 2).sum() / total if total else 0.0
    return Rule(names(best), "R²", float(1 - ((asked - said) ** 2).sum() / total) if total else 0.0, float(constant))


RULES = {"classification": class_rule, "regression": number_rule, "tagging": token_rule, "language": token_rule}


def _inputs(dataset: Dataset) -> tuple[np.ndarray, np.ndarray, Callable[[int], str]]:
    """Training and test inputs as float (n, inputs), and a function that names an input."""
    parts = [_flat(dataset, part) for part in (dataset.train, dataset.test)]
    return parts[0], parts[1], lambda number: _name(dataset, number)


def _flat(dataset: Dataset, part: Part) -> np.ndarray:
    """Numbers as they are; of tokens, how often each of the vocabulary comes in the example."""
    if not dataset.vocabulary:
        return known(part)[:MOST_EXAMPLES].reshape(min(len(part), MOST_EXAMPLES), -1)
    raw = part.raw[:MOST_EXAMPLES]
    rows = np.repeat(np.arange(len(raw)), raw.shape[1])
    return _joint(rows, raw.ravel(), len(raw), len(dataset.vocabulary)).astype(np.float32)


def _name(dataset: Dataset, number: int) -> str:
    if dataset.vocabulary:
        return f"how often {dataset.vocabulary[number]!r} comes"
    if flat := names_of(dataset):
        return flat[number]
    place = [int(i) for i in np.unravel_index(number, dataset.train.raw.shape[1:])]
    if len(place) == 2:
        return f"{dataset.input_names[place[1]] or 'the value'} at step {place[0] + 1}"
    channel = f", channel {place[0] + 1}" if dataset.train.raw.shape[1] > 1 else ""
    return f"the pixel in row {place[1] + 1}, column {place[2] + 1}{channel}"


def _edges(values: np.ndarray) -> np.ndarray:
    """Where one range ends and the next begins; few different values get a range each."""
    there = values[np.isfinite(values)]
    different = np.unique(there)
    if len(different) <= RANGES:
        return (different[1:] + different[:-1]) / 2
    ends = np.array([share for share in TAILS if share * len(there) >= FEWEST_IN_RANGE])
    return np.unique(np.quantile(there, [*ends, *np.arange(1, RANGES) / RANGES, *1 - ends]))


def _ranges(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number of the range each value lies in; what is missing goes with the largest."""
    return np.searchsorted(edges, values)


def _joint(a: np.ndarray, b: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """int (rows, columns): how often a and b come together."""
    return np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns)


def _told(counts: np.ndarray, label: int) -> float:
    """Share of what there is to know about being of class `label` that the rows of a table of counts tell."""
    sides = np.column_stack([counts[:, label], counts.sum(axis=1) - counts[:, label]])
    share = sides.sum(axis=0) / sides.sum()
    unknown = -(share[share > 0] * np.log(share[share > 0])).sum()
    return _information(sides) / unknown if unknown else 0.0


def _information(counts: np.ndarray) -> float:
    """Mutual information of the two sides of a table of counts, in nats."""
    share = counts / counts.sum()
    independent = share.sum(axis=1, keepdims=True) * share.sum(axis=0)
    there = share > 0
    return float((share[there] * np.log(share[there] / independent[there])).sum())


def _means(where: np.ndarray, y: np.ndarray, ranges: int) -> np.ndarray:
    """Mean of `y` in each range; the mean of all where a range is empty."""
    counts = np.bincount(where, minlength=ranges)
    return np.where(counts, np.bincount(where, y, ranges) / np.maximum(counts, 1), y.mean())


def _auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """Probability that a positive example scores above a negative one, ties half; NaN where there is one class only."""
    order, places = np.unique(score, return_inverse=True)
    up, down = (np.bincount(places[side], minlength=len(order)) for side in (positive, ~positive))
    if not up.sum() or not down.sum():
        return float("nan")
    below = np.cumsum(down) - down
    return float((up * (below + down / 2)).sum() / (up.sum() * down.sum()))


def _share(right: np.ndarray) -> float:
    return float(np.mean(right))
