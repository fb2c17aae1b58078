"""What a data set looks like before anything is trained on it: counts, columns, curves, and what may give answers away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Level = Literal["fine", "look", "alarm"]  # nothing to see; worth knowing; a score on the test part would promise too much


@dataclass(frozen=True)
class Counts:
    """How often each name occurs in each part.

    Attributes:
        what: what is counted: "examples", "tokens" or "answers".
        names: of the classes, tags or tokens, k of them.
        train, test: int64 (k,).
        validation: the same; None where there is no such part.
    """

    what: str
    names: tuple[str, ...]
    train: np.ndarray
    test: np.ndarray
    validation: np.ndarray | None = None

    @property
    def parts(self) -> dict[str, np.ndarray]:
        """Name of a part -> its counts, in the order of their use."""
        between = {} if self.validation is None else {"validation": self.validation}
        return {"training": self.train, **between, "test": self.test}

    @property
    def never_trained(self) -> int:
        """How many in the test part have a name that the training part does not have."""
        return int(self.test[self.train == 0].sum())


@dataclass(frozen=True)
class Column:
    """One number of every example, in its own unit; measured on the training part, missing values left out.

    Attributes:
        mean, deviation, low, high: NaN where every value is missing.
        distinct: how many different values there are.
        missing_train, missing_test, missing_validation: how many values are not there.
    """

    name: str
    mean: float
    deviation: float
    low: float
    high: float
    distinct: int
    missing_train: int
    missing_test: int
    missing_validation: int = 0

    @property
    def missing(self) -> int:
        """How many values are not there in all parts together."""
        return self.missing_train + self.missing_test + self.missing_validation


@dataclass(frozen=True)
class Histogram:
    """How the values of one column spread, group by group.

    Attributes:
        edges: float (bins + 1,), in the unit of the column.
        groups: one name per row of `counts`.
        counts: int (groups, bins).
    """

    name: str
    edges: np.ndarray
    groups: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True)
class Correlations:
    """Pearson's correlation of every two columns of the training part; NaN where a column is constant.

    Attributes:
        names: k columns; the target, where it is a number, comes last.
        values: float (k, k), -1 to 1.
    """

    names: tuple[str, ...]
    values: np.ndarray

    def strongest(self) -> tuple[str, str, float]:
        """The two different columns that go together most, and their correlation; ("", "", NaN) when there are none."""
        size = np.abs(np.triu(self.values, 1))
        if len(self.names) < 2 or not np.isfinite(size).any() or not np.nanmax(size):
            return "", "", float("nan")
        row, column = np.unravel_index(np.nanargmax(size), size.shape)
        return self.names[row], self.names[column], float(self.values[row, column])


@dataclass(frozen=True)
class Band:
    """The middle curve of a group of series, and the band that holds 80 % of them at each step.

    Attributes:
        middle, low, high: float (T,): the median and the 10 % and 90 % points, in the unit of the series.
    """

    name: str
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Echo:
    """How much a series is like itself some steps later.

    Attributes:
        lags: int (k,): how many steps later, from 0.
        values: float (k,): the autocorrelation, -1 to 1, averaged over the series of the group.
    """

    name: str
    lags: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Split:
    """How the examples were divided.

    Attributes:
        how: in words.
        train, test, validation: how many examples.
        advice: what to know before choosing by a score.
    """

    how: str
    train: int
    test: int
    validation: int = 0
    advice: str = ""


@dataclass(frozen=True)
class Effect:
    """What one field that makes the data harder did.

    Attributes:
        name: the field.
        value: what it is set to, as it is written.
        words: what that changed, counted.
    """

    name: str
    value: str
    words: str


@dataclass(frozen=True)
class Duplicates:
    """Examples that come in two parts.

    Attributes:
        exact: int (k, 2): number of an example of the later part, as a rule the test part, and of one of the earlier part, as a
            rule the training part, with the same input.
        near: int (k, 2): the same for inputs that are all but the same; empty where that cannot be told.
        near_measured: whether nearness was measured at all: examples with few numbers are near one another by chance.
        near_usual: share of the earlier part's examples that have another one of it as near as that.
        compared: (later, earlier) examples whose nearness was measured.
        repeated: examples of the earlier part whose input already came before.
        contradicting: how many of those have another answer than the first.
        blank: how many of the exact pairs hold the same number everywhere: an empty picture.
        parts: names of the later and of the earlier part.
        near_means: what being near means, as the end of a sentence; "" where it was not measured.
    """

    exact: np.ndarray
    near: np.ndarray
    near_measured: bool
    near_usual: float
    compared: tuple[int, int]
    repeated: int
    contradicting: int
    blank: int = 0
    parts: tuple[str, str] = ("test", "training")
    near_means: str = ""


@dataclass(frozen=True)
class Rule:
    """The best answer that a single input gives, learned on the training part and measured on the test part.

    Attributes:
        feature: which input.
        measure: "accuracy" or "R²".
        score: of the rule, on the test part.
        baseline: of always answering the same, on the test part.
        auroc: how well the rule ranks two classes, 0.5 (chance) to 1; NaN for anything but two classes.
    """

    feature: str
    measure: str
    score: float
    baseline: float
    auroc: float = float("nan")

    @property
    def avoided(self) -> float:
        """Share of the mistakes of the constant answer that the rule does not make; 0 when it makes more."""
        return max(0.0, (self.score - self.baseline) / (1 - self.baseline)) if self.baseline < 1 else 0.0


@dataclass(frozen=True)
class Marker:
    """An input that by itself tells one class from all the others, learned on the training part.

    Attributes:
        feature: which input.
        name: of the class.
        certainty: share of what there is to know about this class in the training part that the input tells, 0 to 1.
        train, test: share of each part of which it tells rightly whether they are of the class.
    """

    feature: str
    name: str
    certainty: float
    train: float
    test: float


@dataclass(frozen=True)
class Finding:
    """Something checked, and what came out.

    Attributes:
        about: what was checked.
        words: what was found, measured on these examples, and what to make of it.
    """

    about: str
    level: Level
    words: str


@dataclass(frozen=True)
class Stage:
    """One example at one point of its way to the network.

    Attributes:
        name: of the stage, short.
        words: what was done to get here.
        names: one name per number of a flat example; empty for pictures, tokens and series.
        values: the example here, (...).
    """

    name: str
    words: str
    names: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class Profile:
    """A whole data set, seen before training. What does not apply to its kind is empty or None.

    Attributes:
        answers: counts of classes or tags.
        tokens: counts of tokens, most frequent first.
        columns: the numbers of a flat example.
        target: the number to answer, as a column.
        pictures: float (k, channels, height, width): the mean picture of each class of the training part.
        lengths: of rows that are filled up to the same length, in training and test part.
        bands, echoes: of series, by class; of "all" where there are none.
        duplicates: between test and training part; other_duplicates: between the validation part and each of these.
    """

    split: Split
    answers: Counts | None
    tokens: Counts | None
    columns: tuple[Column, ...]
    target: Column | None
    correlations: Correlations | None
    pictures: np.ndarray | None
    lengths: Histogram | None
    bands: tuple[Band, ...]
    echoes: tuple[Echo, ...]
    effects: tuple[Effect, ...]
    duplicates: Duplicates
    rule: Rule | None
    marker: Marker | None
    findings: tuple[Finding, ...]
    other_duplicates: tuple[Duplicates, ...] = ()
