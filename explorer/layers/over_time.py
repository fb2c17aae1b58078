"""What the layers for sequences share."""

from __future__ import annotations

from explorer.experiment.network import LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.shape import Shape

SEQUENCE = "a sequence (time, features)"


def require_sequence(layer: LayerSpec, shape: Shape) -> tuple[int, int]:
    """(steps, features of each). Raises ShapeError where no sequence of numbers arrives."""
    require_numbers(layer, shape)
    if shape.axes != ("time", "features"):
        raise layer.misfit(SEQUENCE, shape, "Put a Reshape layer before it.")
    return shape.sizes[0], shape.sizes[1]
