from __future__ import annotations

from collections.abc import Iterator

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, Spot, new, put
from explorer.results.shape import Shape


@FIXES.register("end_with_conv")
class EndWithConv(Fix):
    """End in an image of the wanted channels and size: enlarged where it is smaller by a whole factor, then a Conv2d."""

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if misfit.at_end and misfit.before.is_image and misfit.wanted.is_image:
            factor = _factor(misfit.before, misfit.wanted)
            for layers in _ways(factor, misfit.wanted.units):
                yield put(Spot(None, misfit.before, "at the end"), layers, self.change)


def _ways(factor: int, channels: int) -> Iterator[tuple[LayerSpec, ...]]:
    if factor == 1:
        yield new("conv2d", out_channels=channels, kernel_size=1)
    if factor > 1:
        yield new("conv_transpose2d", out_channels=channels, kernel_size=factor, stride=factor)
        yield (*new("upsample2d", factor=factor), *new("conv2d", out_channels=channels, padding=1))


def _factor(given: Shape, wanted: Shape) -> int:
    """How many times larger the wanted image is, both ways; 0 if no whole number says it."""
    factor = wanted.sizes[1] // given.sizes[1]
    return factor if given.sizes[1:] == tuple(size // factor for size in wanted.sizes[1:] if factor and size % factor == 0) else 0
