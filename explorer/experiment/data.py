"""The base of every data set: which examples, how they are spoilt, and how they are split."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from explorer.errors import DataError
from explorer.experiment import sampling
from explorer.experiment.augmentation import AUGMENTATIONS
from explorer.experiment.record import Spec, any_of, live
from explorer.experiment.shortcuts import carriers, mark_of, planted, tested_carriers
from explorer.registry import Registry
from explorer.results.dataset import Dataset, Part, Problem, Samples, Shortcut
from explorer.results.shape import Shape

DATASETS: Registry[DataSpec] = Registry("data set", "explorer.data")

FEATURES = {
    "x": lambda p: p[:, 0],
    "y": lambda p: p[:, 1],
    "x_squared": lambda p: p[:, 0] ** 2,
    "y_squared": lambda p: p[:, 1] ** 2,
    "xy": lambda p: p[:, 0] * p[:, 1],
    "sin_x": lambda p: np.sin(np.pi * p[:, 0]),
    "sin_y": lambda p: np.sin(np.pi * p[:, 1]),
    "cos_x": lambda p: np.cos(np.pi * p[:, 0]),
    "cos_y": lambda p: np.cos(np.pi * p[:, 1]),
}
WRITTEN = {
    "x_squared": "x²",
    "y_squared": "y²",
    "sin_x": "sin πx",
    "sin_y": "sin πy",
    "cos_x": "cos πx",
    "cos_y": "cos πy",
}
NEEDS_Y = {"y", "y_squared", "xy", "sin_y", "cos_y"}
STREAMS = ("points", "noise", "order", "labels", "missing", "shift", "shortcut")  # each draws from a generator of its own: see sampling
FeatureName = Literal["x", "y", "x_squared", "y_squared", "xy", "sin_x", "sin_y", "cos_x", "cos_y"]
Columns = tuple[np.ndarray, np.ndarray, np.ndarray]  # raw, y, flipped
Scaling = tuple[np.ndarray | float, np.ndarray | float]  # offset, scale
SPLITS: dict[str, Callable[[np.ndarray, float, int], tuple[np.ndarray, np.ndarray]]] = {  # (y, share, classes) -> the rest, the share
    "stratified": sampling.split,
    "random": lambda y, share, classes: sampling.split(y, share, 0),
    "in_order": lambda y, share, classes: sampling.split_in_order(len(y), share),
}
IN_TIME = live("in_order", description="examples follow one another in time: the last ones are for testing, so that no part sees the other")
SHIFTED = ("moved", "stretched", "noisier")  # shifts of what is measured
NUMBERS = ("regression", "forecasting")  # problems whose answer is numbers, noisy and scaled
SCALED = (*NUMBERS, "rating")  # answers that the network is asked for in units of their own spread
SPREAD = ("regression", "rating")  # of the training part's answers
APPLIES: dict[str, Callable[[type[DataSpec]], bool]] = {  # fields of the base that do not mean something everywhere
    "size": lambda data: not data.paint_is_sample,
    "noise": lambda data: not data.tokens,
    "label_noise": lambda data: data.problem == "classification",
    "imbalance": lambda data: data.problem == "classification",
    "features": lambda data: data.coordinates > 0,
    "painted": lambda data: data.coordinates == 2 and data.problem == "classification",
    "missing": lambda data: data.standardise and not data.series and not data.image_shape,
    "shift": lambda data: not data.tokens or data.problem == "classification",
    "augment": lambda data: any(one.suits(data) for one in AUGMENTATIONS.values()),
    "shift_strength": lambda data: data.applies("shift"),
    "shortcut": lambda data: mark_of(data) is not None,
    "shortcut_class": lambda data: data.applies("shortcut"),
    "shortcut_test": lambda data: data.applies("shortcut"),
}
REFUSED = {  # field that changes nothing by default -> why it cannot be set where it does not apply
    "missing": "only a table of numbers has columns with values that can be missing; set missing to 0",
    "shift": "its tokens are not measured and have no class that could become rarer; set shift to none",
    "shortcut": "a shortcut gives away a class, and has to lie somewhere beside what the example is about; set shortcut to 0",
}


class Numbers(NamedTuple):
    """Which examples, by their number, are in each part."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


Carried = Callable[[np.ndarray, Numbers, np.ndarray], np.ndarray]  # (classes, parts, a random number for each) -> bool (n,) who does


def formula_of(name: str) -> str:
    """The name of an input as it is written: "x_squared" -> "x²", "mean_radius" -> "mean radius"."""
    return WRITTEN.get(name, name.replace("_", " "))


class DataSpec(Spec):
    """Where examples come from. A variant writes `sample`; splitting and spoiling are the same for all.

    Points of the plane are drawn in [-1, 1] x [-1, 1], x of y = f(x) in [-1, 1], brightness of pictures in [0, 1].
    Noise may push points of the plane out of the square: they stay where they land, for moving them back to its edge
    would put them all on a line. Pictures are cut off at brightness 0 and 1, as a camera does. Tokens are names of
    things: no noise is added to them.
    """

    problem: ClassVar[Problem] = "classification"
    coordinates: ClassVar[Literal[0, 1, 2]] = 0  # 2: points of the plane; 1: y = f(x); 0: anything else
    standardise: ClassVar[bool] = False  # tables: each column to mean 0, deviation 1, measured on the training part
    image_shape: ClassVar[tuple[int, int, int] | None] = None  # (channels, height, width) of pictures
    paint_is_sample: ClassVar[bool] = False  # `sample` already returns the painted points
    tokens: ClassVar[bool] = False  # an example is a row of token numbers, (T,), or
    series: ClassVar[bool] = False  # so many numbers at each step of time, (T, features)
    audio: ClassVar[bool] = False  # a picture of a sound: time from left to right, pitch from bottom to top; `Samples.sound` holds it
    anomalies: ClassVar[bool] = False  # class 0 is how things should be; the others are rare
    upload: ClassVar[bool] = False  # holds what somebody brought, and a small example until they do

    size: int = live(500, ge=4, le=100_000, description="examples, training and test together")
    noise: float = live(
        0.0,
        ge=0,
        le=2,
        description="standard deviation of the noise added, in units of the data's own spread: to the inputs of a classification set, "
        "to the target of a regression set, to the whole of a series that is forecast",
    )
    split: Literal["stratified", "random", "in_order"] = live(
        "stratified",
        description="how the examples are divided: at random within each class, so that every part has all of them; at random; or in "
        "order, the first ones for training and the last ones for testing",
    )
    test_fraction: float = live(0.3, ge=0.05, le=0.9, description="share of the examples kept for testing and never trained on")
    validation_fraction: float = live(
        0.0,
        ge=0,
        le=0.9,
        description="share of the rest that is never trained on either, to choose by: when to stop, which network; 0 sets none aside",
    )
    label_noise: float = live(0.0, ge=0, le=0.9, description="share of the training labels replaced by a wrong one (classification only)")
    imbalance: float = live(
        0.0,
        ge=0,
        le=0.98,
        description="how much rarer the last class is made: 0 leaves the classes as drawn, 0.9 keeps a tenth of it (classification only)",
    )
    features: tuple[FeatureName, ...] = Field(
        (), max_length=9, description="what the network is fed of a point; empty means its plain coordinates"
    )
    painted: tuple[tuple[float, float, int], ...] = live((), max_length=500, description="points added by hand: x, y, class")
    few_examples: int = live(
        0, ge=0, le=100_000, description="training examples that are kept, at least one of each class; 0 keeps them all"
    )
    missing: float = live(
        0.0,
        ge=0,
        le=0.9,
        description="share of a table's numbers that are lost; each is filled in with the mean of its column in the training part",
    )
    shift: Literal["none", "moved", "stretched", "noisier", "rarer"] = live(
        "none",
        description="how the test part differs from the training part: its inputs are all moved, stretched or made noisier, as by another "
        "instrument; or examples of the first class are rarer in it (classification only)",
    )
    shift_strength: float = live(
        0.5, ge=0, le=3, description="how far: in units of the training part's own spread, or the share of the first class that is left out"
    )
    shortcut: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of one class's training examples that carry a mark which gives the class away: a bright corner in pictures, "
        "a word in texts, a column of 1 in tables, a hum in series; 0 plants none",
    )
    shortcut_class: int = live(0, ge=0, le=999, description="number of the class that the planted shortcut gives away, counted from 0")
    shortcut_test: Literal["flipped", "absent", "as_in_training"] = live(
        "flipped",
        description="who carries the planted shortcut in the test part: all other classes instead, nobody, or the same class as in "
        "training, so that the test does not notice",
    )
    augment: tuple[any_of(AUGMENTATIONS), ...] = live(
        (), max_length=8, description="how training examples are changed at random each time they are trained on, one way after the other"
    )
    seed: int = live(0, ge=0, le=2**31 - 1, description="the same seed draws the same examples")

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Samples:
        """Draw `size` examples without noise, in their own units; from `rng` and the set's own parameters alone."""

    @classmethod
    def applies(cls, name: str) -> bool:
        """Whether a field that every data set has means anything in this one."""
        return name not in APPLIES or APPLIES[name](cls)

    @model_validator(mode="after")
    def _only_what_applies(self) -> DataSpec:
        if not self.applies("label_noise") and (self.label_noise or self.imbalance):
            raise ValueError(f"{self.kind} is a {self.problem} set: label_noise and imbalance do not apply; set both to 0")
        if self.noise and not self.applies("noise"):
            raise ValueError(f"{self.kind} holds tokens, which have names and no size that noise could change; set noise to 0")
        if not self.coordinates and self.features:
            raise ValueError(f"{self.kind} has no x and y to make features of; leave features empty")
        if self.coordinates == 1 and NEEDS_Y & set(self.features):
            raise ValueError(f"{self.kind} has no y coordinate; choose among x, x_squared, sin_x, cos_x")
        if self.painted and not self.applies("painted"):
            raise ValueError(f"{self.kind} takes no painted points; choose a classification set of the plane")
        if any(abs(x) > 1 or abs(y) > 1 or not 0 <= label < 10 for x, y, label in self.painted):
            raise ValueError("a painted point lies outside the square from -1 to 1, or its class is not 0 to 9")
        return self

    @model_validator(mode="after")
    def _hard_where_it_applies(self) -> DataSpec:
        for name, why in REFUSED.items():
            if not self.applies(name) and getattr(self, name) not in (0, "none"):
                raise ValueError(f"{self.kind}: {why}")
        unfit = next((one for one in self.augment if not one.suits(type(self))), None)
        if unfit:
            raise ValueError(f"{self.kind} cannot be augmented by {unfit.kind}, which is for {unfit.needs}: take it out of augment")
        if self.shift in SHIFTED and self.tokens:
            raise ValueError(f"{self.kind} holds tokens, which nothing measures: choose the shift rarer, or none")
        if self.shift == "rarer" and self.problem != "classification":
            raise ValueError(f"{self.kind} has no classes that could become rarer: choose another shift, or none")
        return self

    def load(self, carried: Carried | None = None) -> Dataset:
        """Draw, spoil, split and encode: the whole way from this record to what the network is fed.

        Args:
            carried: who carries the shortcut, where one is planted, instead of what the fields say.

        Raises:
            DataError: the set is empty, has fewer than two classes, fewer than two examples of a class, or a
                painted point or a shortcut of a class that it does not have.
        """
        drawn = self.sample(self._generator("points"))
        _require_examples(self.title(), drawn, self.problem, self.split)
        drawn = self._noisy(drawn)
        classes = len(drawn.class_names) if drawn.y.ndim == 1 else 0
        parts = self._fewer(drawn.y, self._parts(drawn.y, classes), classes)
        drawn, missing = self._with_gaps(drawn, parts.train)
        drawn, where, shortcut = self._with_shortcut(self._shifted(drawn, parts), parts, carried or self._carried)
        dataset = replace(self._dataset(drawn, parts), shortcut=shortcut, sound_rate=drawn.sound_rate, hearing=drawn.hearing)
        train, validation, test = (
            {"missing": _of(missing, one), "planted": _of(where, one), "sound": _of(drawn.sound, one)} for one in parts
        )
        return replace(
            dataset,
            train=replace(dataset.train, **train),
            validation=replace(dataset.validation, **validation) if dataset.validation else None,
            test=replace(dataset.test, **test),
        )

    def encode(self, raw: np.ndarray) -> np.ndarray:
        """Points (n, coordinates) -> network inputs (n, features); anything else stays as it is."""
        if not self.features:
            return raw
        return np.stack([FEATURES[name](raw) for name in self.features], axis=1).astype(np.float32)

    def _generator(self, stream: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, STREAMS.index(stream)])

    def _noisy(self, drawn: Samples) -> Samples:
        if self.tokens:
            return drawn
        rng, numbers = self._generator("noise"), self.problem in NUMBERS
        x, y = drawn.x.astype(np.float32, copy=False), drawn.y.astype(np.float32 if drawn.y.dtype.kind == "f" else np.int64)
        if self.noise and self.problem != "regression":
            x = sampling.jittered(x, self.noise, self.standardise, rng)
        if self.noise and numbers:
            y = sampling.jittered(y, self.noise, True, rng)
        return replace(drawn, x=x.clip(0, 1) if self.image_shape else x, y=y)

    def _some(self, y: np.ndarray, classes: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers of the `size` examples used of all there are: any, or the last ones where they are divided in order."""
        return np.arange(len(y))[-self.size :] if self.split == "in_order" else sampling.subset(y, self.size, classes, rng)

    def _parts(self, y: np.ndarray, classes: int) -> Numbers:
        """Which examples are in which part, in random order unless they are divided in order.

        The validation part is taken from what is left when the test part is: a test part is the same with and without it.

        Args:
            y: what to answer, (n, ...).
            classes: how many, if every example is of one class; 0 otherwise.

        Raises:
            DataError: too few are left for a validation part.
        """
        order = np.arange(len(y)) if self.split == "in_order" else self._generator("order").permutation(len(y))
        if self.imbalance:
            order = order[sampling.thinned(y[order], self.imbalance, classes)]
        rest, test = SPLITS[self.split](y[order], self.test_fraction, classes)
        rest, test = order[rest], order[test]
        if not self.validation_fraction:
            return Numbers(rest, rest[:0], test)
        train, validation = SPLITS[self.split](y[rest], self.validation_fraction, classes)
        if not len(validation):
            raise DataError(
                f"{self.title()}: the {len(rest)} examples that are not for testing are too few to set some aside for validation. "
                "Set validation_fraction to 0, make test_fraction smaller, or add examples."
            )
        return Numbers(rest[train], rest[validation], test)

    def _fewer(self, y: np.ndarray, parts: Numbers, classes: int) -> Numbers:
        """The parts with what few examples and a rarer class leave of them. Of examples in order, the latest are kept."""
        train, validation, test = parts
        if self.few_examples and self.split == "in_order":
            train = train[-self.few_examples :]
        elif self.few_examples:
            train = train[sampling.kept(y[train], self.few_examples, classes)]
        rarer = self.shift == "rarer"
        return Numbers(train, validation, test[sampling.without_most(y[test], 0, self.shift_strength)] if rarer else test)

    def _with_gaps(self, drawn: Samples, train: np.ndarray) -> tuple[Samples, np.ndarray | None]:
        if not self.missing:
            return drawn, None
        missing = self._generator("missing").random(drawn.x.shape) < self.missing
        gaps = np.concatenate([missing, np.zeros((len(missing), int(self.shortcut > 0)), bool)], axis=1)  # a planted column is whole
        return replace(drawn, x=sampling.filled(drawn.x, missing, train)), gaps

    def _shifted(self, drawn: Samples, parts: Numbers) -> Samples:
        """The examples, those of the test part as another instrument measures them; what a series goes on with is measured by it too."""
        if self.shift not in SHIFTED:
            return drawn
        x, y, rng = drawn.x.copy(), drawn.y.copy(), self._generator("shift")
        measure, test = sampling.centre_and_spread(x[parts.train], self.standardise), parts.test
        x[test] = sampling.moved(x[test], self.shift, self.shift_strength, measure, rng)
        if self.problem == "forecasting":
            y[test] = sampling.moved(y[test], self.shift, self.shift_strength, (measure[0][:1], measure[1][:1]), rng)
        return replace(drawn, x=x.clip(0, 1) if self.image_shape else x, y=y)

    def _with_shortcut(self, drawn: Samples, parts: Numbers, carried: Carried) -> tuple[Samples, np.ndarray | None, Shortcut | None]:
        mark = mark_of(type(self))
        if not self.shortcut or not mark:
            return drawn, None, None
        rank, places = self._generator("shortcut").random((2, len(drawn.y)))
        return planted(drawn, mark, self.shortcut_class, carried(drawn.y, parts, rank), places)

    def _carried(self, y: np.ndarray, parts: Numbers, rank: np.ndarray) -> np.ndarray:
        """Who carries the mark. A validation part comes from where the training part does, and is marked as that is."""
        carries, label = np.zeros(len(y), bool), self.shortcut_class
        for alike in parts[:2]:
            carries[alike] = carriers(y[alike], label, self.shortcut, rank[alike])
        carries[parts.test] = tested_carriers(y[parts.test], label, self.shortcut, rank[parts.test], self.shortcut_test)
        return carries

    def _training_part(self, drawn: Samples, train: np.ndarray) -> Columns:
        raw, y, flipped = drawn.x[train], drawn.y[train], np.zeros(len(train), bool)
        classes = len(drawn.class_names)
        if self.label_noise:
            rng = self._generator("labels")
            rank, shift = rng.random(len(drawn.y)), rng.integers(1, classes, len(drawn.y))
            y, flipped = sampling.flipped_labels(y, self.label_noise, classes, rank[train], shift[train])
        if not self.painted or self.paint_is_sample:
            return raw, y, flipped
        points, labels = painted_points(self.painted, drawn.class_names)
        return np.concatenate([raw, points]), np.concatenate([y, labels]), np.concatenate([flipped, np.zeros(len(labels), bool)])

    def _dataset(self, drawn: Samples, numbers: Numbers) -> Dataset:
        train = self._training_part(drawn, numbers.train)
        validation, test = ((drawn.x[one], drawn.y[one], np.zeros(len(one), bool)) for one in numbers[1:])
        inputs, targets = self._scalings(train[0], train[1])
        first = self._part(train, inputs, targets)
        return Dataset(
            train=first,
            validation=self._part(validation, inputs, targets) if len(numbers.validation) else None,
            test=self._part(test, inputs, targets),
            input_shape=self._input_shape(first.x, len(drawn.vocabulary)),
            problem=self.problem,
            coordinates=self.coordinates,
            class_names=drawn.class_names,
            input_names=self.features or drawn.feature_names,
            target_name=drawn.target_name,
            target_offset=targets[0].astype(np.float32),
            target_scale=targets[1].astype(np.float32),
            vocabulary=drawn.vocabulary,
            anomalies=self.anomalies,
        )

    def _scalings(self, x: np.ndarray, y: np.ndarray) -> tuple[Scaling, tuple[np.ndarray, np.ndarray]]:
        """Those of the inputs and of the targets, measured on the training part. What comes next in a series is scaled as the series is."""
        inputs: Scaling = sampling.scaling(x.reshape(-1, x.shape[-1])) if self.standardise else (0.0, 1.0)
        if self.problem in SPREAD:
            return inputs, sampling.scaling(y)
        if self.problem == "forecasting":
            return inputs, (np.full(y.shape[1], np.ravel(inputs[0])[0]), np.full(y.shape[1], np.ravel(inputs[1])[0]))
        return inputs, (np.zeros(1), np.ones(1))

    def _input_shape(self, x: np.ndarray, vocabulary: int) -> Shape:
        if self.tokens:
            return Shape.tokens(x.shape[1], vocabulary)
        if self.image_shape:
            return Shape.image(*x.shape[1:])
        return Shape.sequence(*x.shape[1:]) if self.series else Shape.features(x.shape[1])

    def _part(self, columns: Columns, inputs: Scaling, targets: Scaling) -> Part:
        raw, y, flipped = columns
        answer = ((y - targets[0]) / targets[1]).astype(np.float32) if self.problem in SCALED else y
        if self.tokens:
            return Part(raw, raw, answer, flipped)
        x = self.encode(((raw - inputs[0]) / inputs[1]).astype(np.float32) if self.standardise else raw)
        return Part(raw, x, answer, flipped)


def _of(values: np.ndarray | None, part: np.ndarray) -> np.ndarray | None:
    return None if values is None else values[part]


def painted_points(painted: tuple[tuple[float, float, int], ...], class_names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Painted points as float32 (n, 2) and their int64 classes (n,). Raises DataError for a class there is not."""
    points = np.array([point[:2] for point in painted], np.float32).reshape(-1, 2)
    labels = np.array([point[2] for point in painted], np.int64)
    if len(labels) and labels.max() >= len(class_names):
        raise DataError(
            f"A point is painted in class number {labels.max()}, but the classes here are 0 to {len(class_names) - 1} "
            f"({', '.join(class_names)}). Erase it, or choose a data set with more classes."
        )
    return points, labels


def _require_examples(title: str, drawn: Samples, problem: str, split: str) -> None:
    if not len(drawn.y):
        raise DataError(f"{title} holds no examples yet. Paint points of two classes into it, or choose another data set.")
    if problem != "classification":
        return
    counts = np.bincount(drawn.y, minlength=len(drawn.class_names))
    if (counts > 0).sum() < 2:
        only = drawn.class_names[int(counts.argmax())]
        raise DataError(f"{title} holds examples of one class only ({only}). A classifier needs at least two: add examples of another.")
    if counts.min() < 2 and split == "stratified":
        name, count = drawn.class_names[int(counts.argmin())], counts.min()
        raise DataError(
            f"{title} has {count} of {name!r} among its {len(drawn.y)} examples. Every class needs two, one to train on and one "
            "to test on: add examples, choose fewer classes, or set split to random."
        )
