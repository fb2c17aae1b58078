from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, Spot, new, put
from explorer.networks.fixes.insert_summary import last_step_knows_all
from explorer.results.shape import Shape


@FIXES.register("end_with_output")
class EndWithOutput(Fix):
    """Add an Output layer at the end, after what makes a vector of an image, a sequence or tokens."""

    change: ClassVar[int] = 15

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if misfit.at_end:
            end = Spot(None, misfit.before, "at the end")
            for extra, layers in enumerate(_ways(misfit.before, misfit)):
                yield put(end, (*layers, *new("output")), self.change + extra)


def _ways(shape: Shape, misfit: Misfit) -> Iterator[tuple[LayerSpec, ...]]:
    """What comes before the Output layer, the likeliest first."""
    yield ()
    if shape.vocabulary:
        yield new("embedding")
        yield (*new("embedding"), *new("mean_over_time"))
    elif shape.is_image:
        yield new("flatten")
        yield new("global_avg_pool2d")
    elif not shape.is_flat:
        summaries = ("last_step", "mean_over_time") if last_step_knows_all(misfit) else ("mean_over_time", "last_step")
        for name in (*summaries, "flatten"):
            yield new(name)
