from __future__ import annotations

from collections.abc import Iterator

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Insertion, Misfit, new
from explorer.results.shape import Shape


@FIXES.register("insert_embedding")
class InsertEmbedding(Insertion):
    """Turn token numbers into vectors, and these into one where a single vector is wanted."""

    def layers_for(self, shape: Shape, misfit: Misfit) -> Iterator[tuple[LayerSpec, ...]]:
        if shape.vocabulary:
            yield new("embedding")
            yield (*new("embedding"), *new("mean_over_time"))
            yield (*new("embedding"), *new("flatten"))
