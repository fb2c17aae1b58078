from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, Spot, new, put
from explorer.networks.fixes.insert_reshape import reshape_to


@FIXES.register("end_with_reshape")
class EndWithReshape(Fix):
    """Make as many numbers as an image or a sequence needs, and lay them out as one."""

    change: ClassVar[int] = 30

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        wanted, ends_in = misfit.wanted, misfit.before
        if not misfit.at_end or wanted.is_flat or ends_in.vocabulary or ends_in.numel == wanted.numel:
            return
        flat = () if ends_in.is_flat else new("flatten")
        layers = (*flat, *new("linear", out_features=wanted.numel), *reshape_to(wanted))
        yield put(Spot(None, ends_in, "at the end"), layers, self.change)
