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

    def add(self, step: int, metrics: dict[str, float]) -> None:
        """Enter the metrics at `step`, later than all before; at the newest step they take its place."""
        again = bool(self._newest) and self._newest[0] == step
        self._newest = (step, dict(metrics))
        if again:
            if self._rows[-1][0] == step:
                self._rows[-1] = self._newest
            return
        if self._count % self._stride == 0:
            self._rows.append(self._newest)
            if len(self._rows) >= self.limit:
                self._rows = self._rows[::2]
                self._stride *= 2
        self._count += 1

    def arrays(self) -> dict[str, np.ndarray]:
        """ "step" and every metric as float32 (m,), m <= limit; NaN where a metric was not measured."""
        rows = list(self._rows)
        if self._newest and (not rows or rows[-1][0] != self._newest[0]):
            rows.append(self._newest)
        names = {name for _, metrics in rows for name in metrics}
        columns = {name: [metrics.get(name, math.nan) for _, metrics in rows] for name in sorted(names)}
        return {name: np.array(values, np.float32) for name, values in {"step": [s for s, _ in rows], **columns}.items()}

    def state(self) -> dict:
        """Plain JSON data from which `restore` goes on."""
        return {"rows": list(self._rows), "newest": self._newest, "stride": self._stride, "count": self._count}

    def restore(self, state: dict) -> None:
        """Take over what `state()` gave."""
        self._rows = [(int(step), dict(metrics)) for step, metrics in state["rows"]]
        self._newest = (int(state["newest"][0]), dict(state["newest"][1])) if state["newest"] else None
        self._stride, self._count = int(state["stride"]), int(state["count"])
