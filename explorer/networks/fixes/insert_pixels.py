from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Insertion, Misfit, new
from explorer.results.shape import Shape


@FIXES.register("insert_pixels_to_sequence")
class InsertPixelsToSequence(Insertion):
    """Read an image pixel by pixel."""

    change: ClassVar[int] = 23

    def layers_for(self, shape: Shape, misfit: Misfit) -> Iterator[tuple[LayerSpec, ...]]:
        if shape.is_image:
            yield new("pixels_to_sequence")
