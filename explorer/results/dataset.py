"""The examples a run trains on and is tested on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from explorer.results.hearing import Hearing
from explorer.results.shape import Shape

Problem = Literal["classification", "regression", "tagging", "language", "forecasting", "box", "labels", "rating"]


@dataclass(frozen=True)
class Samples:
    """What a data set draws, before it is spoilt, split and encoded.

    Attributes:
        x: float32 (n, ...) in the data's own units, or int64 (n, T) token numbers.
        y: int64 (n,) class numbers, or float32 (n, targets); of tokens also int64 (n, T), a class or token at each place.
            A box is left, top, right, bottom in shares of the picture's side; of several labels each is 1 or 0.
        class_names: one name per class, tag or label; empty where numbers or tokens are predicted.
        feature_names: one name per number of a flat example, or of one time step; empty for images and tokens.
        target_name: what y measures, with its unit.
        vocabulary: what each token is called; empty unless x are tokens.
        sound: int16 (n, samples) what each example sounds like, for playing it; None where it is no sound.
        sound_rate: samples of it per second.
        hearing: how x was made of it; None where it is no picture of it.
    """

    x: np.ndarray
    y: np.ndarray
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    target_name: str = ""
    vocabulary: tuple[str, ...] = ()
    sound: np.ndarray | None = None
    sound_rate: int = 0
    hearing: Hearing | None = None


@dataclass(frozen=True)
class Part:
    """The training part, the validation part or the test part.

    Attributes:
        raw: float32 (n, ...) examples in their own units, for drawing; int64 (n, T) of tokens.
        x: float32 (n, *input_shape) what the network is fed; int64 of tokens.
        y: int64 (n,) or (n, T), or float32 (n, targets), as the network is asked to answer it.
        flipped: bool (n,) whether label noise replaced this label.
        missing: bool, the shape of `raw`: numbers that were taken away and filled in; None where none were.
        planted: bool, the shape of `raw`: where a planted shortcut lies; None where there is none.
        sound: int16 (n, samples) what each example sounds like; None where it is no sound.
    """

    raw: np.ndarray
    x: np.ndarray
    y: np.ndarray
    flipped: np.ndarray
    missing: np.ndarray | None = None
    planted: np.ndarray | None = None
    sound: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)

    @property
    def carries(self) -> np.ndarray:
        """bool (n,): which examples carry the planted shortcut."""
        if self.planted is None:
            return np.zeros(len(self), bool)
        return self.planted.reshape(len(self), -1).max(axis=1)


@dataclass(frozen=True)
class Shortcut:
    """A shortcut planted on purpose.

    Attributes:
        what: marks an example, in words: "a hum".
        label: number of the class that the mark gives away in training.
    """

    what: str
    label: int


@dataclass(frozen=True)
class Dataset:
    """Everything a task, a probe and a plot need to know of the data.

    Attributes:
        input_shape: shape of one example as the network is fed it.
        problem: what there is to answer: a class, numbers, a tag for every token, the next token, what comes next in a
            series, the box around something, which of several labels hold, how somebody rates something.
        anomalies: class 0 is how things should be, the others are rare.
        validation: what choices are made by while training goes on, so that the test part stays untouched; None where none was set aside.
        coordinates: 2 when `raw` is a point of the plane, 1 for y = f(x), 0 for anything else.
        target_offset, target_scale: y in its own units is `y * target_scale + target_offset`.
        shortcut: that was planted; `Part.planted` says where. None if there is none.
        sound_rate: samples per second of `Part.sound`.
        hearing: how pictures were made of it; None where there is no sound.
    """

    train: Part
    test: Part
    input_shape: Shape
    problem: Problem
    coordinates: int
    class_names: tuple[str, ...]
    input_names: tuple[str, ...]
    target_name: str
    target_offset: np.ndarray
    target_scale: np.ndarray
    vocabulary: tuple[str, ...] = ()
    shortcut: Shortcut | None = None
    sound_rate: int = 0
    hearing: Hearing | None = None
    anomalies: bool = False
    validation: Part | None = None

    @property
    def parts(self) -> dict[str, Part]:
        """Name -> part, in the order of their use: "training", "validation" if there is one, "test"."""
        between = {"validation": self.validation} if self.validation else {}
        return {"training": self.train, **between, "test": self.test}

    @cached_property
    def filler(self) -> int:
        """The token that fills rows up: it comes only at their end, or only at their beginning, and not as often in all; -1: none."""
        rows = self.train.raw
        for one_way in (rows[:, ::-1], rows) if self.vocabulary else ():
            for token in np.unique(one_way[:, 0]):
                here = one_way == token
                run, every = np.logical_and.accumulate(here, axis=1).sum(axis=1), here.sum(axis=1)
                if (run == every).all() and np.ptp(run) > 1:
                    return int(token)
        return -1

    @property
    def classes(self) -> int:
        """Number of classes, tags or labels; 0 where numbers or tokens are predicted."""
        return len(self.class_names)
