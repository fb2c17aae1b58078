from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from threadpoolctl import threadpool_limits

from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, unheard
from explorer.inspections.layer_features import columns
from explorer.inspections.places import Place, outputs_at, places
from explorer.inspections.wording import counted, plain_list
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

MOST = 512  # numbers of an output that a probe sees; of more, evenly spread ones
ROWS = 1500  # of each part: examples, or steps where each has a class of its own
INPUT = "input"
Score = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], float]  # train rows and answers, test rows and answers


@dataclass(frozen=True)
class _Kind:
    """What a probe answers: how it is scored, and the names of that score."""

    score: Score
    name: str
    unit: str


@INSPECTIONS.register("separability")
class Separability(Inspection):
    """How well a single linear layer could answer from each layer's outputs: a probe fitted to training, scored on test examples.

    A class is told by logistic regression and scored by its accuracy; a number by ridge regression and scored by R squared. Arrays:
    `scores` (layers, folds), each fitted without one fold of the training examples. Facts: `layers`, `score`, `chance`.
    Source: Alain and Bengio, "Understanding Intermediate Layers Using Linear Classifier Probes", 2016.
    """

    group: ClassVar[str] = "Geometry"
    slow: ClassVar[bool] = True

    examples: int = Field(
        600, ge=20, le=5000, description="how many training examples a probe is fitted to, and how many test examples score it"
    )
    folds: int = Field(
        4, ge=2, le=10, description="how many times each probe is fitted, each time without another part of the training examples"
    )

    @classmethod
    def reason_not(cls, training: Training) -> str:
        dataset = training.state.dataset
        if MODEL not in training.state.networks or dataset.problem not in KINDS:
            return "A linear probe answers with a class or a number, but these data ask for something else."
        if dataset.problem != "regression" and len(np.unique(dataset.train.y)) < 2:
            return "A linear probe tells classes apart, but the training part holds one class only."
        return ""

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        kind, there = KINDS[training.state.dataset.problem], list(places(training).values())
        rows = self._rows(training, there)
        scores = []
        for number, (train, test) in enumerate(rows.values(), 1):
            with threadpool_limits(1):  # on small matrices threads wait for each other, up to 60 times as long
                scores.append(_folded(kind.score, train, test, self.folds))
            progress(number / len(rows))
        names, values = list(rows), np.array(scores)
        dataset = training.state.dataset
        chance = float(np.bincount(dataset.test.y.ravel()).max() / dataset.test.y.size) if dataset.classes else 0.0
        facts = {"layers": names, "score": kind.name, "unit": kind.unit, "chance": chance, "means": plain_list(values.mean(1))}
        words = _words(names, values, kind, (chance, len(next(iter(rows.values()))[0][0])))
        return Inspected(self.kind, training.step, words, facts, {"scores": values})

    def _rows(self, training: Training, there: list[Place]) -> dict[str, tuple[tuple[np.ndarray, np.ndarray], ...]]:
        """Layer -> (rows, answers) of the training and of the test part; the input first, where it is numbers."""
        state, parts = training.state, {}
        for part, x in (("train", state.x_train[: self.examples]), ("test", state.x_test[: self.examples])):
            y = (state.dataset.train if part == "train" else state.dataset.test).y[: self.examples]
            outputs = outputs_at(training, there, x, _by_answer(y))
            fed = {INPUT: _by_answer(y)(x).float().cpu()} if not state.dataset.input_shape.vocabulary else {}
            answers = y.ravel() if state.dataset.classes else y[:, 0]
            parts[part] = {name: _paired(values, answers, y.shape) for name, values in {**fed, **outputs}.items()}
        return {name: (parts["train"][name], parts["test"][name]) for name in parts["train"]}


def _by_answer(y: np.ndarray) -> Callable[[torch.Tensor], torch.Tensor]:
    """What is kept of an output: (n, numbers), or (n, T, numbers) where every step has an answer of its own."""

    def keep(output: torch.Tensor) -> torch.Tensor:
        if y.dtype.kind == "i" and y.ndim == 2 and output.dim() == 3 and output.shape[1] == y.shape[1]:
            return columns(MOST)(output.flatten(0, 1)).unflatten(0, output.shape[:2])
        return columns(MOST)(output)

    return keep


def _paired(values: torch.Tensor, answers: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """One row for each answer; where steps have answers and the layer has no steps, each gets its example's row."""
    rows = values.flatten(0, 1) if values.dim() == 3 else values
    if len(rows) != len(answers):
        rows = rows.repeat_interleave(shape[1], 0)
    return np.nan_to_num(rows.double().numpy())[:ROWS], answers[:ROWS]


def _folded(score: Score, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], folds: int) -> list[float]:
    """The score of a probe fitted without each fold in turn, on the whole test part."""
    rows, answers = train
    mean, deviation = rows.mean(0), rows.std(0)
    scale = np.where(deviation > 1e-9, deviation, 1.0)
    fold = np.random.default_rng(0).permutation(len(rows)) % folds
    tried = ((rows[fold != i] - mean) / scale for i in range(folds))
    return [score(one, answers[fold != i], (test[0] - mean) / scale, test[1]) for i, one in enumerate(tried)]


def _accuracy(rows: np.ndarray, y: np.ndarray, test_rows: np.ndarray, test_y: np.ndarray) -> float:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(y)) < 2:
        return float((test_y == y[0]).mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # after so many rounds the accuracy no longer moves
        return float(LogisticRegression(max_iter=200).fit(rows, y).score(test_rows, test_y))


def _explained(rows: np.ndarray, y: np.ndarray, test_rows: np.ndarray, test_y: np.ndarray) -> float:
    from sklearn.linear_model import Ridge

    return float(Ridge(alpha=1.0).fit(rows, y).score(test_rows, test_y))


ACCURACY = _Kind(_accuracy, "accuracy", "share answered right")
KINDS = {
    "classification": ACCURACY,
    "tagging": ACCURACY,
    "regression": _Kind(_explained, "R squared", "share of the variance explained (R squared)"),
}


def _words(names: list[str], scores: np.ndarray, kind: _Kind, measured: tuple[float, int]) -> tuple[str, ...]:
    means, best = scores.mean(1), int(scores.mean(1).argmax())
    chance, rows = measured
    said = [
        f"A linear probe answers best from {names[best]}: {kind.name} {means[best]:.3f} "
        f"({scores[best].min():.3f} to {scores[best].max():.3f} over {scores.shape[1]} folds).",
        _deeper(names, scores, kind),
        f"Each probe was fitted to {counted(rows, 'row')} of the training part less one fold, and scored on the test part."
        + (f" Always naming the most frequent class scores {chance:.3f}." if chance else ""),
    ]
    return tuple(said)


def _deeper(names: list[str], scores: np.ndarray, kind: _Kind) -> str:
    """Whether deeper layers separate better, as far as the folds can tell."""
    if len(names) < 2:
        return "There is one layer only, so that depths cannot be compared."
    first, last = scores[0], scores[-1]
    change = last.mean() - first.mean()
    if first.min() <= last.max() and last.min() <= first.max():
        return f"From {names[0]} to {names[-1]} it changes by {change:+.3f}, which is within the spread of the folds."
    return (
        f"From {names[0]} to {names[-1]} it {'rises' if change > 0 else 'falls'} by {abs(change):.3f}, more than the spread of the folds."
    )
