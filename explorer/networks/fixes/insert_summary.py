from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, new, put


@FIXES.register("insert_summary")
class InsertSummary(Fix):
    """Make one vector of a sequence: its last step, where something has read all of it up to there, or else the mean of all."""

    change: ClassVar[int] = 18

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        for spot in misfit.spots():
            if spot.shape.axes == ("time", "features"):
                last = 0 if last_step_knows_all(misfit) else 4
                yield put(spot, new("last_step"), self.change + last)
                yield put(spot, new("mean_over_time"), self.change + 4 - last)


def last_step_knows_all(misfit: Misfit) -> bool:
    """Whether the sequence was read from its start to its end and not from both sides."""
    for passed in misfit.passed:
        if passed.layer.group == "recurrent":
            return not getattr(passed.layer, "bidirectional", False)
        if passed.layer.group == "attention":
            return getattr(passed.layer, "causal", False)
    return False
