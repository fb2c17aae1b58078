"""When a run stops by itself: one rule per file, each leaving its reason in words.

Decided: a rule that asks how well unseen examples are answered asks the validation part, and the test part only where no
validation part was set aside; it says which.
Because: a run that ends where the test loss is lowest was chosen by the test part, and its score there is better than it would be
on examples nobody has looked at.
Instead of: a choice in every rule, which a learner would leave at the test part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results.step import StepResult


def measured(history: Sequence[StepResult], metric: str) -> list[tuple[StepResult, float]]:
    """The results at which `metric` was measured and finite, with its value, oldest first."""
    values = ((result, result.metrics.get(metric)) for result in history)
    return [(result, value) for result, value in values if value is not None and math.isfinite(value)]


def unseen(history: Sequence[StepResult], measure: str) -> str:
    """The metric of what was not trained on: "validation_loss" where the newest measurement has a validation part, else "test_loss"."""
    newest = next((set(result.metrics) for result in reversed(history) if result.metrics), set())
    return f"validation_{measure}" if any(name.startswith("validation_") for name in newest) else f"test_{measure}"


def caution(metric: str) -> str:
    """What to add where the test part decided when to stop."""
    if not metric.startswith("test_"):
        return ""
    return " The test part decided when to stop, so its score flatters: set a validation part aside to stop by."


def words(metric: str) -> str:
    """The name of a metric in a sentence: "test_loss" -> "test loss"."""
    return metric.replace("_", " ")
