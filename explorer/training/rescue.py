"""What a run falls back on when a loss is not finite: a copy of a moment ago, and the search for where it went wrong."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from explorer.training import autopsy
from explorer.training.saving import Checkpoint, pack, unpack

if TYPE_CHECKING:
    from explorer.training.loop import Training

SHARE = 0.005  # of the time that may go into copies
AT_ONCE = 4096  # most steps that are made again in one go


class SafetyNet:
    """The last two healthy moments of a training."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._due = 0.0
        self._copies: deque[Checkpoint] = deque([pack(training)], maxlen=2)

    def keep(self) -> None:
        """Keep a copy of this moment, if that is worth its cost again."""
        now = time.perf_counter()
        if now >= self._due:
            self._copies.append(pack(self._training))
            spent = time.perf_counter() - now
            self._due = now + spent + spent / SHARE

    def renew(self) -> None:
        """Settings or weights were changed by hand: earlier moments cannot be made again."""
        self._copies.clear()
        self._copies.append(pack(self._training))

    def set_back(self, healthy: int) -> str:
        """Put the training back to its last healthy step; `renew` is to follow. Returns words for what left the finite range, and where.

        Args:
            healthy: updates made before the first loss that was not finite; the last of them is suspect.
        """
        training = self._training
        if len(self._copies) > 1 and self._copies[-1][1]["step"] >= healthy:
            self._copies.pop()
        unpack(training, *self._copies[-1])
        while training.step < healthy - 1:
            training.make_steps(min(healthy - 1 - training.step, AT_ONCE))
        before = pack(training)
        words = self._find_break()
        unpack(training, *before)
        return words

    def _find_break(self) -> str:
        """Train on, one step at a time, until something is not finite."""
        training = self._training
        for _ in range(3):
            ahead = training.batches.state()
            batch = training.batches.take(1, training.experiment.training.batch_size)[0]
            training.batches.restore(ahead)
            with training.own_random():
                words = autopsy.broken_output(training.state, batch)
                grown = autopsy.too_large_output(training.state, batch)
            if words:
                return f"at step {training.step + 1} {words}"
            if first_broken(training.make_steps(1)) is not None:
                return f"at step {training.step} {grown}"
            if words := autopsy.broken_weights(training.state):
                return f"at step {training.step} {words}"
        return f"at step {training.step} the loss became infinite or not a number"


def first_broken(losses: dict[str, np.ndarray]) -> int | None:
    """Position of the first loss that is not finite; None when all are."""
    places = [int(np.flatnonzero(~np.isfinite(values))[0]) for values in losses.values() if not np.isfinite(values).all()]
    return min(places) if places else None
