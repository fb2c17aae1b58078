"""The arithmetic of a window that slides over an image."""

from __future__ import annotations

from explorer.errors import ShapeError
from explorer.experiment.network import LayerSpec
from explorer.results.reach import Reach
from explorer.results.shape import Shape

IMAGE = "an image (channels, height, width)"
IMAGE_FIX = "Use image data, or a Linear layer instead."


def slide(layer: LayerSpec, shape: Shape, kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> tuple[int, int]:
    """(height, width) in positions of a window of `kernel` pixels, `dilation` apart, that moves by `stride` pixels.

    Raises:
        ShapeError: not an image, or an image smaller than the window.
    """
    if not shape.is_image:
        raise layer.misfit(IMAGE, shape, IMAGE_FIX)
    height, width = shape.sizes[1:]
    largest = min(height, width) + 2 * padding
    span = dilation * (kernel - 1) + 1
    if span > largest:
        raise _too_small(layer, shape, span, padding, (largest - 1) // dilation + 1)
    return (height + 2 * padding - span) // stride + 1, (width + 2 * padding - span) // stride + 1


def window(kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> Reach:
    """How far a window looks along one axis."""
    return Reach(window=dilation * (kernel - 1) + 1, stride=stride, before=padding)


def stamped(kernel: int, stride: int, padding: int = 0) -> Reach:
    """How far back one pixel looks where every input stamps `kernel` pixels onto an output, `stride` apart; `padding` are cut off."""
    return Reach(window=kernel - stride + 1, before=kernel - stride - padding, per=stride)


def _too_small(layer: LayerSpec, shape: Shape, span: int, padding: int, largest: int) -> ShapeError:
    padded = f", {padding} of padding on each side included" if padding else ""
    fix = f"The largest kernel that fits is {largest}{padded}."
    return layer.misfit(f"an image of at least {span} x {span} pixels", shape, fix)
