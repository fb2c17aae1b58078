from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, Spot, new, put
from explorer.networks.fixes.budget import within_limits

PATCHES = 4


@FIXES.register("insert_adaptive_pool")
class InsertAdaptivePool(Fix):
    """Shrink an image: to the size that is wanted at the end, or before a Flatten after which there would be too many weights."""

    shrinks: ClassVar[bool] = True

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        wanted = misfit.wanted
        if misfit.too_large:
            yield from self._before_flatten(misfit)
        elif misfit.at_end and misfit.before.is_image and wanted.is_image and wanted.sizes[1] == wanted.sizes[2]:
            for spot in misfit.spots():
                yield put(spot, new("adaptive_avg_pool2d", size=wanted.sizes[1]), self.change)

    def _before_flatten(self, misfit: Misfit) -> Iterator[Edit]:
        for passed in misfit.passed:
            if passed.layer.rearranges and passed.before.is_image:
                spot = Spot(passed.layer, passed.before, f"before {passed.layer.title()}")
                pool = new("adaptive_avg_pool2d", size=PATCHES)
                if within_limits(misfit.spec.replaced(passed.layer.id, *pool, passed.layer), misfit):
                    yield put(spot, pool, self.change)
                return
