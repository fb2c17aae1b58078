from __future__ import annotations

from collections.abc import Iterator

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Insertion, Misfit, new
from explorer.results.shape import Shape


@FIXES.register("insert_flatten")
class InsertFlatten(Insertion):
    """Lay an image or a sequence out as one vector."""

    def layers_for(self, shape: Shape, misfit: Misfit) -> Iterator[tuple[LayerSpec, ...]]:
        if not (shape.is_flat or shape.vocabulary):
            yield new("flatten")
