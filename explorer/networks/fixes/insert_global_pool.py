from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Insertion, Misfit, new
from explorer.results.shape import Shape


@FIXES.register("insert_global_pool")
class InsertGlobalPool(Insertion):
    """Keep the mean of every channel, where more than one pixel of it is left and there are several channels to tell apart."""

    change: ClassVar[int] = 22

    def layers_for(self, shape: Shape, misfit: Misfit) -> Iterator[tuple[LayerSpec, ...]]:
        if shape.is_image and shape.sizes[0] > 1 and shape.sizes[1:] != (1, 1):
            yield new("global_avg_pool2d")
