"""What is kept of a file: a table, pictures or sounds, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from explorer.ingest.values import as_number, as_time, written

Arrays: TypeAlias = dict[str, np.ndarray]


@dataclass(frozen=True)
class Column:
    """One column of a table; numbers or words, and each can be read as the other.

    Attributes:
        values: float64 (n,), a missing one is NaN; or int32 (n,), the number of its word in `levels`, a missing one -1.
        levels: the different words, in order of the alphabet; None for a column of numbers.
    """

    name: str
    values: np.ndarray
    levels: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def numbers(self) -> np.ndarray:
        """float64 (n,): NaN where there is no number."""
        if self.levels is None:
            return self.values
        return self._of_levels([as_number(level) for level in self.levels])

    @cached_property
    def times(self) -> np.ndarray:
        """float64 (n,): seconds since 1970 of dates; numbers as they are; NaN where there is neither."""
        return self.values if self.levels is None else self._of_levels([as_time(level) for level in self.levels])

    @cached_property
    def words(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """int32 (n,) number of each value's word, -1 where it is missing, and the words."""
        if self.levels is not None:
            return self.values, self.levels
        known = np.isfinite(self.values)
        different, codes = np.unique(self.values[known], return_inverse=True)
        found = np.full(len(self.values), -1, np.int32)
        found[known] = codes
        return found, tuple(written(value) for value in different)

    def _of_levels(self, values: list[float]) -> np.ndarray:
        return np.array([*values, np.nan])[self.values]  # -1 takes the last

    def to_arrays(self, key: str) -> Arrays:
        """As arrays of plain types."""
        if self.levels is None:
            return {key: self.values}
        text = [level.encode() for level in self.levels]
        ends = np.cumsum([len(one) for one in text], dtype=np.int64)
        return {key: self.values, f"{key}.text": np.frombuffer(b"".join(text), np.uint8), f"{key}.ends": ends}

    @classmethod
    def from_arrays(cls, name: str, key: str, arrays: Arrays) -> Column:
        """What `to_arrays` made."""
        if f"{key}.ends" not in arrays:
            return cls(name, arrays[key])
        text, ends = arrays[f"{key}.text"].tobytes(), arrays[f"{key}.ends"].tolist()
        starts = [0, *ends[:-1]]
        return cls(name, arrays[key], tuple(text[start:end].decode() for start, end in zip(starts, ends, strict=True)))


@dataclass(frozen=True)
class Table:
    """Columns of one length."""

    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.columns[0])

    def to_arrays(self) -> Arrays:
        return {key: array for number, column in enumerate(self.columns) for key, array in column.to_arrays(f"c{number}").items()}

    @classmethod
    def from_arrays(cls, names: tuple[str, ...], arrays: Arrays) -> Table:
        return cls(tuple(Column.from_arrays(name, f"c{number}", arrays) for number, name in enumerate(names)))


@dataclass(frozen=True)
class Pictures:
    """Pictures of one size.

    Attributes:
        pixels: uint8 (n, 3, side, side), red, green and blue.
        labels: int32 (n,).
        class_names: one per class.
    """

    pixels: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def to_arrays(self) -> Arrays:
        return {"pixels": self.pixels, "labels": self.labels}


@dataclass(frozen=True)
class Sounds:
    """Recordings, one after another.

    Attributes:
        samples: int16, all of them; 32767 is the loudest there is.
        ends: int64 (n,), where in `samples` each recording ends.
        labels: int32 (n,).
        rate: samples in a second.
    """

    samples: np.ndarray
    ends: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    rate: int

    def __len__(self) -> int:
        return len(self.labels)

    def recordings(self) -> list[np.ndarray]:
        """Each recording, int16."""
        return np.split(self.samples, self.ends[:-1])

    def to_arrays(self) -> Arrays:
        return {"samples": self.samples, "ends": self.ends, "labels": self.labels}


Content: TypeAlias = Table | Pictures | Sounds
