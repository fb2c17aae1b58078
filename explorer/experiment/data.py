"""The base of every data set: which examples, how they are spoilt, and how they are split."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from explorer.errors import DataError
from explorer.experiment import sampling
from explorer.experiment.record import Spec, live
from explorer.registry import Registry
from explorer.results.dataset import Dataset, Part, Samples
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
NEEDS_Y = {"y", "y_squared", "xy", "sin_y", "cos_y"}
FeatureName = Literal["x", "y", "x_squared", "y_squared", "xy", "sin_x", "sin_y", "cos_x", "cos_y"]


class DataSpec(Spec):
    """Where examples come from. A variant writes `sample`; splitting and spoiling are the same for all.

    Points of the plane live in [-1, 1] x [-1, 1]; x of y = f(x) in [-1, 1].
    """

    problem: ClassVar[Literal["classification", "regression"]] = "classification"
    coordinates: ClassVar[Literal[0, 1, 2]] = 0  # 2: points of the plane; 1: y = f(x); 0: anything else
    standardise: ClassVar[bool] = False  # tables: each column to mean 0, deviation 1, measured on the training part
    image_shape: ClassVar[tuple[int, int, int] | None] = None  # (channels, height, width) of pictures
    paint_is_sample: ClassVar[bool] = False  # `sample` already returns the painted points

    size: int = live(500, ge=4, le=100_000, description="examples, training and test together")
    noise: float = live(0.0, ge=0, le=2, description="standard deviation of the noise added, in units of the data's own spread: to the inputs of a classification set, to the target of a regression set")
    test_fraction: float = live(0.3, ge=0.05, le=0.9, description="share of the examples kept for testing and never trained on")
    label_noise: float = live(0.0, ge=0, le=0.9, description="share of the training labels replaced by a wrong one (classification only)")
    imbalance: float = live(0.0, ge=0, le=0.98, description="how much rarer the last class is made: 0 leaves the classes as drawn, 0.9 keeps a tenth of it (classification only)")
    features: tuple[FeatureName, ...] = Field((), max_length=9, description="what the network is fed of a point; empty means its plain coordinates")
    painted: tuple[tuple[float, float, int], ...] = live((), max_length=500, description="points added by hand: x, y, class")
    seed: int = live(0, ge=0, le=2**31 - 1, description="the same seed draws the same examples")

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Samples:
        """Draw `size` examples (fewer when the set has no more), without noise, in their own units."""

    @model_validator(mode="after")
    def _only_what_applies(self) -> DataSpec:
        if self.problem == "regression" and (self.label_noise or self.imbalance):
            raise ValueError(f"{self.kind} is a regression set: label_noise and imbalance do not apply; set both to 0")
        if not self.coordinates and self.features:
            raise ValueError(f"{self.kind} has no x and y to make features of; leave features empty")
        if self.coordinates == 1 and NEEDS_Y & set(self.features):
            raise ValueError(f"{self.kind} has no y coordinate; choose among x, x_squared, sin_x, cos_x")
        if self.painted and (self.coordinates != 2 or self.problem != "classification"):
            raise ValueError(f"{self.kind} takes no painted points; choose a classification set of the plane")
        if any(abs(x) > 1 or abs(y) > 1 or not 0 <= label < 10 for x, y, label in self.painted):
            raise ValueError("a painted point lies outside the square from -1 to 1, or its class is not 0 to 9")
        return self

    def load(self) -> Dataset:
        """Draw, spoil, split and encode: the whole way from this record to what the network is fed.

        Raises:
            DataError: the set is empty, or a classification set has fewer than two classes.
        """
        rng = np.random.default_rng(self.seed)
        drawn = self.sample(rng)
        names = drawn.class_names
        if self.problem == "classification":
            _require_classes(self.kind, drawn.y, self.painted)
            keep = sampling.imbalanced(drawn.y, self.imbalance, len(names), rng) if self.imbalance else slice(None)
            raw, y = drawn.x[keep], drawn.y[keep].astype(np.int64)
            raw = sampling.jittered(raw, self.noise, rng) if self.noise else raw.astype(np.float32)
        else:
            raw, y = drawn.x.astype(np.float32), drawn.y.astype(np.float32)
            y = sampling.jittered(y, self.noise, rng) if self.noise else y
        return self._dataset(drawn, raw, y, rng)

    def encode(self, raw: np.ndarray) -> np.ndarray:
        """Points (n, coordinates) -> network inputs (n, features); anything else stays as it is."""
        if not self.features:
            return raw
        return np.stack([FEATURES[name](raw) for name in self.features], axis=1).astype(np.float32)

    def _dataset(self, drawn: Samples, raw: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Dataset:
        classes = len(drawn.class_names)
        train, test = sampling.split(y, self.test_fraction, classes, rng)
        if not len(train) or not len(test):
            raise DataError(f"{self.title()}: {len(y)} examples are too few for a training and a test part. Raise the size.")
        y_train, flipped = y[train], np.zeros(len(train), bool)
        if self.label_noise:
            y_train, flipped = sampling.flipped_labels(y_train, self.label_noise, classes, rng)
        raw_train = raw[train]
        if self.painted and not self.paint_is_sample:
            extra = np.array(self.painted, np.float32)
            raw_train = np.concatenate([raw_train, extra[:, :2]])
            y_train = np.concatenate([y_train, np.minimum(extra[:, 2].astype(np.int64), classes - 1)])
            flipped = np.concatenate([flipped, np.zeros(len(extra), bool)])
        offset, scale = sampling.scaling(raw_train) if self.standardise else (np.float32(0), np.float32(1))
        y_offset, y_scale = np.zeros(1), np.ones(1)
        if self.problem == "regression":
            y_offset, y_scale = sampling.scaling(y_train)
        inputs = [self.encode(((part - offset) / scale).astype(np.float32)) for part in (raw_train, raw[test])]
        targets = [y_train, y[test]]
        if self.problem == "regression":
            targets = [((target - y_offset) / y_scale).astype(np.float32) for target in targets]
        return Dataset(
            train=Part(raw_train, inputs[0], targets[0], flipped),
            test=Part(raw[test], inputs[1], targets[1], np.zeros(len(test), bool)),
            input_shape=Shape.image(*self.image_shape) if self.image_shape else Shape.features(inputs[0].shape[1]),
            problem=self.problem,
            coordinates=self.coordinates,
            class_names=drawn.class_names,
            input_names=self.features or drawn.feature_names,
            target_name=drawn.target_name,
            target_offset=np.asarray(y_offset, np.float32),
            target_scale=np.asarray(y_scale, np.float32),
        )


def _require_classes(kind: str, y: np.ndarray, painted: tuple) -> None:
    present = len(np.unique(y))
    if not len(y):
        raise DataError(f"The data set {kind!r} holds no examples yet. Paint points of two classes, or choose another set.")
    if present < 2:
        raise DataError(f"The data set {kind!r} holds {present} class. A classifier needs at least two: add examples of another.")
