"""The curve of a run: bounded, however long the run."""

from __future__ import annotations

import math

import numpy as np


class History:
    """Metrics by step. When it is full, every second point is left out and later points come half as often.

    Example:
        >>> history = History(limit=4)
        >>> for step in range(6):
        ...     history.add(step, {"loss": 1.0 / (step + 1)})
        >>> history.arrays()["step"].tolist()
        [0.0, 2.0, 4.0, 5.0]
    """

    def __init__(self, limit: int = 400) -> None:
        self.limit = limit
        self._rows: list[tuple[int, dict[str, float]]] = []
        self._newest: tuple[int, dict[str, float]] | None = None
        self._stride = 1
        self._count = 0
        self._forget_columns()

    def add(self, step: int, metrics: dict[str, float]) -> None:
        """Enter the metrics at `step`, later than all before; at the newest step they take its place."""
        again = bool(self._newest) and self._newest[0] == step
        self._newest = (step, dict(metrics))
        if again:
            if self._rows[-1][0] == step:
                self._rows[-1] = self._newest
                self._forget_columns()
            return
        if self._count % self._stride == 0:
            self._rows.append(self._newest)
            if len(self._rows) >= self.limit:
                self._rows = self._rows[::2]
                self._stride *= 2
                self._forget_columns()
        self._count += 1

    def arrays(self) -> dict[str, np.ndarray]:
        """ "step" and every metric as float32 (m,), m <= limit; NaN where a metric was not measured."""
        for place in range(self._filled, len(self._rows)):
            self._fill(place, *self._rows[place])
        self._filled = count = len(self._rows)
        found = {name: column[:count].copy() for name, column in self._columns.items()}
        if self._newest and (not count or self._rows[-1][0] != self._newest[0]):
            last = {"step": self._newest[0], **self._newest[1]}
            before = np.full(count, math.nan, np.float32)
            found = {name: np.append(found.get(name, before), np.float32(last.get(name, math.nan))) for name in {**found, **last}}
        return {"step": found.pop("step"), **dict(sorted(found.items()))}

    def _fill(self, place: int, step: int, metrics: dict[str, float]) -> None:
        """Enter a row in the columns."""
        for name, value in {"step": step, **metrics}.items():
            if name not in self._columns:
                self._columns[name] = np.full(self.limit, math.nan, np.float32)
            self._columns[name][place] = value

    def _forget_columns(self) -> None:
        """The rows have moved. The columns hold them as numbers, so that a picture need not go through all of them again."""
        self._columns: dict[str, np.ndarray] = {"step": np.full(self.limit, math.nan, np.float32)}
        self._filled = 0  # rows that are in the columns

    def state(self) -> dict:
        """Plain JSON data from which `restore` goes on."""
        return {"rows": list(self._rows), "newest": self._newest, "stride": self._stride, "count": self._count}

    def restore(self, state: dict) -> None:
        """Take over what `state()` gave."""
        self._rows = [(int(step), dict(metrics)) for step, metrics in state["rows"]]
        self._newest = (int(state["newest"][0]), dict(state["newest"][1])) if state["newest"] else None
        self._stride, self._count = int(state["stride"]), int(state["count"])
        self._forget_columns()
