from __future__ import annotations

from collections.abc import Iterator

from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, new, put


@FIXES.register("insert_permute")
class InsertPermute(Fix):
    """Swap time and features; first of all where the data themselves seem to lie on their side, with few steps of many features."""

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        for spot in misfit.spots():
            if spot.shape.axes == ("time", "features"):
                sideways = spot.shape == misfit.input and spot.shape.sizes[0] < spot.shape.sizes[1]
                yield put(spot, new("permute"), self.change - 15 if sideways else self.change)
