"""What one chunk of training steps left behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class StepResult:
    """The state of a run after a chunk of steps.

    Attributes:
        step: updates made so far.
        epoch: passes over the training part so far (a fraction).
        metrics: name -> number, e.g. "train_loss", "test_loss", "train_accuracy", "test_accuracy";
            the newest evaluated values, each measured on the whole part it names (or on the fixed subset the
            task states), never on NaN.
        losses: name -> float32 (steps of this chunk,), the loss of every step on its own batch ("batch_loss", or
            "generator_loss" and "discriminator_loss").
        seconds: training time so far, without pauses.
        finished: why the run stopped by itself, in words; "" while it goes on.
        diverged: whether it stopped because a loss was not finite.
    """

    step: int
    epoch: float
    metrics: dict[str, float]
    losses: dict[str, np.ndarray]
    seconds: float
    finished: str = ""
    diverged: bool = False
