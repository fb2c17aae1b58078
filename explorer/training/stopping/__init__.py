"""When a run stops by itself: one rule per file, each leaving its reason in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results.step import StepResult


def measured(history: Sequence[StepResult], metric: str) -> list[tuple[StepResult, float]]:
    """The results at which `metric` was measured and finite, with its value, oldest first."""
    values = ((result, result.metrics.get(metric)) for result in history)
    return [(result, value) for result, value in values if value is not None and math.isfinite(value)]


def words(metric: str) -> str:
    """The name of a metric in a sentence: "test_loss" -> "test loss"."""
    return metric.replace("_", " ")
