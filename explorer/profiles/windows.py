"""Stretches of one series that lie over the border between two parts: what the test part asks for was trained on."""

from __future__ import annotations

import numpy as np

from explorer.experiment import DataSpec
from explorer.profiles.findings import of_windows
from explorer.profiles.spoiling import in_use, unspoilt
from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Finding

RUN, LONG_RUN = 5, 12  # values in a row that two stretches have in common only if they were cut from the same place; where values are few
FEW_VALUES = 100  # different ones: counts and steps come again by chance


def windows(data: DataSpec, dataset: Dataset) -> list[Finding]:
    """What to say of the stretches of a series that is forecast, for every two parts; nothing of other data sets."""
    if dataset.problem != "forecasting":
        return []
    plain = unspoilt(data).load() if in_use(data) else dataset  # noise makes what was the same differ
    names = list(plain.parts)
    pairs = [(later, earlier) for i, later in enumerate(names) for earlier in names[:i]]
    return [of_windows(*overlapping(plain, later, earlier), (later, earlier)) for later, earlier in pairs]


def overlapping(dataset: Dataset, later: str, earlier: str) -> tuple[int, int]:
    """How many stretches of the later part have so many values in a row in common with one of the earlier part; of how many."""
    first, second = (_stretches(dataset, dataset.parts[name]) for name in (earlier, later))
    length = min(RUN if len(np.unique(first)) > FEW_VALUES else LONG_RUN, first.shape[1])
    known = {run for row in _runs(first, length) for run in row}
    tested = _runs(second, length)
    return sum(any(run in known for run in row) for row in tested), len(tested)


def _stretches(dataset: Dataset, part: Part) -> np.ndarray:
    """float32 (n, T): the first number of each stretch and what it goes on with, to four digits of their spread."""
    following = part.y * dataset.target_scale + dataset.target_offset
    rows = np.concatenate([part.raw[:, :, 0], following], axis=1).astype(np.float32)
    spread = float(dataset.train.raw[:, :, 0].std())
    return np.round(rows, int(np.ceil(4 - np.log10(spread))) if spread > 0 else 0) + np.float32(0)  # what follows was scaled and back


def _runs(rows: np.ndarray, length: int) -> list[list[bytes]]:
    """The runs of values in each row; those that hardly move say nothing and are left out."""
    runs = np.lib.stride_tricks.sliding_window_view(rows, length, axis=1)
    different = [[len(set(run.tolist())) > 2 for run in row] for row in runs]
    return [[run.tobytes() for run, said in zip(row, says, strict=True) if said] for row, says in zip(runs, different, strict=True)]
