"""Data sets of openml.org: pictures and tables that are fetched once, by hand."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from explorer.errors import DataError
from explorer.experiment.data import DataSpec
from explorer.ingest.content import Arrays, Column
from explorer.ingest.online import Source, is_kept, kept
from explorer.results.dataset import Samples

FEW = 50_000  # pictures turned into numbers between 0 and 1 at once


class OnlineData(DataSpec):
    """A data set of openml.org. A variant says what the columns of the file there become."""

    source: ClassVar[Source]
    reading: ClassVar[Mapping[str, Any]] = {"dtype": str}  # options of pandas.read_csv

    @classmethod
    @abstractmethod
    def arrays(cls, frame: Any) -> Arrays:
        """What is kept of the file. Raises DataError when it is not the file it should be."""

    @classmethod
    def title(cls) -> str:
        return cls.source.title

    @classmethod
    def is_here(cls) -> bool:
        """Whether it was fetched."""
        return is_kept(cls.source)

    def held(self) -> Arrays:
        """What was kept, which must not be changed. Raises DataError when it was not fetched yet."""
        return kept(self.source)


class OnlinePictures(OnlineData):
    """Pictures, one a row: a column for each pixel and one, "class", for what it shows, counted from 0."""

    names: ClassVar[tuple[str, ...]]  # of the classes
    asked: ClassVar[str] = "class"  # what it shows
    reading: ClassVar[Mapping[str, Any]] = {"dtype": "uint8"}

    @classmethod
    def arrays(cls, frame: Any) -> Arrays:
        assert cls.image_shape
        y = column_of(frame, "class").to_numpy(np.uint8)
        pixels = frame.drop(columns=frame.columns[-1]).to_numpy(np.uint8)
        if pixels.shape[1:] != (np.prod(cls.image_shape),) or set(np.unique(y)) != set(range(len(cls.names))):
            raise DataError(
                f"{cls.source.title} should have {np.prod(cls.image_shape):,} pixels and {len(cls.names)} classes, but what came has "
                f"{pixels.shape[1]:,} and {len(np.unique(y))}. Nothing was kept; choose another set."
            )
        return {"pixels": pixels.reshape(-1, *cls.image_shape), "labels": y}

    def sample(self, rng: np.random.Generator) -> Samples:
        arrays = self.held()
        labels = arrays["labels"].astype(np.int64)
        chosen = self._some(labels, len(self.names), rng)
        return Samples(bright(arrays["pixels"], chosen), labels[chosen], self.names, target_name=self.asked)


class OnlineTable(OnlineData):
    """A table with columns of numbers and of words. Rows in which one that is used is missing are left out."""

    standardise: ClassVar[bool] = True

    numbers: ClassVar[Mapping[str, str]]  # column there -> what it is called here, with its unit
    words: ClassVar[Mapping[str, str]] = {}
    target: ClassVar[str]
    answers: ClassVar[
        Mapping[str, str]
    ] = {}  # word there -> name of the class, in the order of their numbers; empty where numbers are told
    told: ClassVar[str]  # what is told, with its unit

    @classmethod
    def arrays(cls, frame: Any) -> Arrays:
        columns = {name: number_column(frame, name) for name in cls.numbers} | {name: word_column(frame, name) for name in cls.words}
        columns[cls.target] = (word_column if cls.answers else number_column)(frame, cls.target)
        odd = set(columns[cls.target].levels or ()) - set(cls.answers)
        if odd:
            raise DataError(f"{cls.source.title} should not have the class {sorted(odd)[0][:40]!r}. Nothing was kept; choose another set.")
        return {key: array for name, column in columns.items() for key, array in column.to_arrays(name).items()}

    def sample(self, rng: np.random.Generator) -> Samples:
        arrays = self.held()
        columns = {name: Column.from_arrays(name, name, arrays) for name in (*self.numbers, *self.words, self.target)}
        whole = np.all([_known(column) for column in columns.values()], axis=0)
        y, names = self._answers(columns[self.target], whole), tuple(self.answers.values())
        chosen = self._some(y if names else y[:, 0], len(names), rng)
        inputs = self._inputs(columns, np.flatnonzero(whole)[chosen])
        x = np.stack(list(inputs.values()), axis=1).astype(np.float32)
        return Samples(x, y[chosen], names, tuple(inputs), target_name=self.told)

    def _answers(self, column: Column, whole: np.ndarray) -> np.ndarray:
        if column.levels is None:
            return column.values[whole, None].astype(np.float32)
        places = np.array([list(self.answers).index(level) for level in column.levels], np.int64)
        return places[column.values[whole]]

    def _inputs(self, columns: dict[str, Column], rows: np.ndarray) -> dict[str, np.ndarray]:
        """Numbers as they are, and a column of 0 and 1 for each word there is; each (len(rows),)."""
        found = {label: columns[name].values[rows] for name, label in self.numbers.items()}
        for name, label in self.words.items():
            codes, levels = columns[name].words
            there = np.unique(codes[rows])
            found |= {f"{label}: {levels[code]}": codes[rows] == code for code in there}
        return found


def bright(pixels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """uint8 pictures (n, ...) -> those chosen as float32 from 0 to 1, without a copy of all of them in between."""
    found = np.empty((len(chosen), *pixels.shape[1:]), np.float32)
    for start in range(0, len(chosen), FEW):
        part = slice(start, start + FEW)
        np.divide(pixels[chosen[part]], np.float32(255), out=found[part])
    return found


def plain(name: str) -> str:
    """ "Fixed.Acidity" and "fixed_acidity" are the same column: "fixed_acidity"."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def column_of(frame: Any, name: str) -> Any:
    """A column of a frame. Raises DataError when there is none of this name."""
    found = [column for column in frame.columns if plain(str(column)) == plain(name)]
    if not found:
        there = ", ".join(str(column)[:30] for column in frame.columns[:8])
        raise DataError(f"What came has no column {name!r}; its columns begin with {there}. Nothing was kept; choose another set.")
    return frame[found[0]]


def number_column(frame: Any, name: str) -> Column:
    """A column of numbers. Raises DataError where a cell is neither a number nor missing."""
    values = column_of(frame, name)
    try:
        return Column(name, values.astype(float).to_numpy(np.float64))
    except (TypeError, ValueError):
        raise DataError(f"The column {name!r} of what came should hold numbers only. Nothing was kept; choose another set.") from None


def word_column(frame: Any, name: str) -> Column:
    """A column of words, without the quotation marks and spaces around them."""
    values = column_of(frame, name)
    words = values.fillna("").astype(str).str.strip().str.strip("'").str.strip().to_numpy(str)
    levels, codes = np.unique(words, return_inverse=True)
    numbers = np.cumsum(levels != "", dtype=np.int32) - 1
    return Column(name, np.where(words == "", -1, numbers[codes]).astype(np.int32), tuple(str(level) for level in levels if level))


def _known(column: Column) -> np.ndarray:
    return np.isfinite(column.values) if column.levels is None else column.values >= 0
