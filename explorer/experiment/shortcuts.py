"""Shortcuts that are planted on purpose: something easy to see that gives a class away without being what it is about.

Decided: where a mark lies is kept beside the examples (`Part.planted`).
Because: whoever explains a network can then be judged: did the explanation point at the mark that the network goes by?
Instead of: a data set with a fault somebody happened to find, whose truth nobody knows.
Source: Geirhos et al., "Shortcut Learning in Deep Neural Networks", 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import DataError
from explorer.results.dataset import Samples, Shortcut

if TYPE_CHECKING:
    from explorer.experiment.data import DataSpec

KEYWORD = "keyword"
COLUMN = "planted column"
HUM_PERIOD = 4  # steps of a series
HUM_SIZE = 0.5  # of the spread of the series
LOW, LOUDNESS = 50, 3_000  # of the hum of a sound: Hz, and its height of the 32,768 there are

Plant = Callable[[Samples, np.ndarray, np.ndarray], tuple[Samples, np.ndarray]]


@dataclass(frozen=True)
class Mark:
    """One kind of shortcut.

    Attributes:
        what: it is, in words.
        suits: whether it can be put into the examples of a data set.
        plant: from examples, who carries it (bool (n,)) and a random number for each (n,) to the examples with it and
            where it lies (bool, the shape of their x).
    """

    what: str
    suits: Callable[[type[DataSpec]], bool]
    plant: Plant


def corner_patch(drawn: Samples, carries: np.ndarray, _: np.ndarray) -> tuple[Samples, np.ndarray]:
    """A bright square in the lower right corner, a quarter of the picture's smaller side wide."""
    side = max(min(drawn.x.shape[2:]) // 4, 1)
    where = np.zeros(drawn.x.shape, bool)
    where[carries, :, -side:, -side:] = True
    return replace(drawn, x=np.where(where, np.float32(1), drawn.x)), where


def low_hum(drawn: Samples, carries: np.ndarray, _: np.ndarray) -> tuple[Samples, np.ndarray]:
    """A low hum: the lowest band of the picture of a sound is bright all along, and the sound itself hums."""
    where = np.zeros(drawn.x.shape, bool)
    where[carries, :, -1, :] = True
    marked = replace(drawn, x=np.where(where, np.float32(1), drawn.x))
    if drawn.sound is None:
        return marked, where
    wave = LOUDNESS * np.sin(2 * np.pi * LOW * np.arange(drawn.sound.shape[1]) / drawn.sound_rate)
    sound = drawn.sound.astype(np.float32) + carries[:, None] * wave.astype(np.float32)
    return replace(marked, sound=sound.clip(-32768, 32767).astype(np.int16)), where


def keyword(drawn: Samples, carries: np.ndarray, places: np.ndarray) -> tuple[Samples, np.ndarray]:
    """A word that stands nowhere else, in the place of one drawn at random."""
    where = np.zeros(drawn.x.shape, bool)
    where[carries, (places * drawn.x.shape[1]).astype(int)[carries]] = True
    return replace(drawn, x=np.where(where, len(drawn.vocabulary), drawn.x), vocabulary=(*drawn.vocabulary, KEYWORD)), where


def constant_column(drawn: Samples, carries: np.ndarray, _: np.ndarray) -> tuple[Samples, np.ndarray]:
    """One column more: 1 for whoever carries it, 0 for all others."""
    where = np.zeros((len(drawn.x), drawn.x.shape[1] + 1), bool)
    where[:, -1] = carries
    x = np.concatenate([drawn.x, carries[:, None].astype(np.float32)], axis=1)
    return replace(drawn, x=x, feature_names=(*drawn.feature_names, COLUMN)), where


def hum(drawn: Samples, carries: np.ndarray, _: np.ndarray) -> tuple[Samples, np.ndarray]:
    """A fast wave that always starts alike, laid over the first number of the series."""
    where = np.zeros(drawn.x.shape, bool)
    where[carries, :, 0] = True
    wave = HUM_SIZE * drawn.x[..., 0].std() * np.sin(2 * np.pi * np.arange(drawn.x.shape[1]) / HUM_PERIOD)
    return replace(drawn, x=(drawn.x + where * wave[None, :, None]).astype(np.float32)), where


MARKS = (
    Mark("a low hum", lambda data: data.audio, low_hum),
    Mark("a bright square in the lower right corner", lambda data: bool(data.image_shape), corner_patch),
    Mark(f"the word {KEYWORD!r}", lambda data: data.tokens, keyword),
    Mark("a hum", lambda data: data.series, hum),
    Mark(f"a 1 in the column {COLUMN!r}", lambda data: not data.coordinates, constant_column),
)


def mark_of(data: type[DataSpec]) -> Mark | None:
    """The shortcut that can be planted into a data set; None where a label is no class, or an example only a point."""
    if data.problem != "classification":
        return None
    return next((mark for mark in MARKS if mark.suits(data)), None)


def carriers(y: np.ndarray, label: int, share: float, rank: np.ndarray) -> np.ndarray:
    """Who carries the mark, bool (n,): `share` of the examples of class `label`, the lowest `rank` (n,) first."""
    members = np.flatnonzero(y == label)
    carries = np.zeros(len(y), bool)
    carries[members[np.argsort(rank[members], kind="stable")][: round(share * len(members))]] = True
    return carries


def tested_carriers(y: np.ndarray, label: int, share: float, rank: np.ndarray, how: str) -> np.ndarray:
    """Who carries it in the test part: as in training, nobody, or `share` of all other classes and none of its own."""
    if how == "absent":
        return np.zeros(len(y), bool)
    return carriers(y == label, how == "as_in_training", share, rank)


def planted(drawn: Samples, mark: Mark, label: int, carries: np.ndarray, places: np.ndarray) -> tuple[Samples, np.ndarray, Shortcut]:
    """The examples with the mark in them, where it lies, and what it is. Raises DataError for a class there is not."""
    if label >= len(drawn.class_names):
        raise DataError(
            f"The shortcut is to give away class number {label}, but the classes here are 0 to {len(drawn.class_names) - 1} "
            f"({', '.join(drawn.class_names)}). Set shortcut_class to one of them."
        )
    marked, where = mark.plant(drawn, carries, places)
    return marked, where, Shortcut(mark.what, label)
