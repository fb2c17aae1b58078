from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from explorer.inspections.activation_histogram import ActivationHistogram
from explorer.inspections.base import INSPECTIONS, Progress, unheard
from explorer.inspections.moments import Moments, OverTime
from explorer.inspections.wording import counted, share
from explorer.results.inspected import Inspected

Row = dict[str, Any]  # of one layer at one step, as ActivationHistogram gives it


@INSPECTIONS.register("activations_over_time")
class ActivationsOverTime(OverTime):
    """Which share of the units of every layer was dead or saturated, and how widely its outputs were spread, step by step.

    Dead and saturated as in `activation_histogram`. Arrays: `steps` (m,); all (layers, m): `dead` and `saturated`, shares of the units,
    NaN where they cannot be; `deviation` of all outputs.
    """

    group: ClassVar[str] = "Activations"

    examples: int = Field(200, ge=1, le=2000, description="on how many test examples units are judged, from the first on")

    def look_over(self, recorded: Moments, progress: Progress = unheard) -> Inspected:
        steps, found, looked_at = [], [], 0
        for training in recorded.each(self.moments, progress):
            one = ActivationHistogram(examples=self.examples).look(training)
            steps.append(training.step)
            found.append(one.facts["layers"])
            looked_at = one.facts["examples"]
        arrays = {"steps": np.array(steps), "deviation": _over(found, lambda row: row["deviation"])}
        arrays |= {what: _over(found, lambda row, what=what: _part(row, what)) for what in ("dead", "saturated")}
        names = [row["layer"] for row in found[-1]]
        words = tuple(sentence for what in ("dead", "saturated") for sentence in _words(what, names, found, arrays))
        if not words:
            words = ("No layer here can have dead or saturated units; how widely outputs are spread is shown.",)
        words = (*words, f"Units were judged on {counted(looked_at, 'test example')}.", *recorded.words(steps))
        return Inspected(self.kind, steps[-1], words, {"layers": names, "examples": looked_at}, arrays)


def _over(found: list[list[Row]], number: Any) -> np.ndarray:
    """(layers, m) of a number of each layer at each step, NaN where it has none."""
    return np.array([[np.nan if number(row) is None else number(row) for row in rows] for rows in found], float).T


def _part(row: Row, what: str) -> float | None:
    return None if row[what] is None else len(row[what]) / row["units"]


def _words(what: str, names: list[str], found: list[list[Row]], arrays: dict[str, np.ndarray]) -> list[str]:
    """What is to be said of dead or of saturated units."""
    parts, steps = arrays[what], arrays["steps"]
    if not np.isfinite(parts).any():
        return []
    once = [at for at in range(len(names)) if np.nan_to_num(parts[at]).any()]
    if not once:
        return [f"No unit was {what} at any of these steps."]
    said = []
    for at in sorted(once, key=lambda layer: -np.nan_to_num(parts[layer, -1]))[:3]:
        began, top = int(steps[parts[at] > 0][0]), int(np.nanargmax(parts[at]))
        row = found[-1][at]
        said.append(
            f"{len(row[what])} of {counted(row['units'], 'unit')} of {names[at]} "
            f"{'is' if len(row[what]) == 1 else 'are'} {what} at step {steps[-1]:,}; some were from step {began:,} on, "
            f"and most at step {steps[top]:,}: {share(parts[at, top])}."
        )
    return said
