"""What the layers for sequences share."""

from __future__ import annotations

import torch
from torch import nn

from explorer.experiment.network import LayerSpec
from explorer.layers.activation import require_numbers
from explorer.results.shape import Shape

SEQUENCE = "a sequence (time, features)"


class PoolOverTime(nn.Module):
    """(B, T, features) -> (B, positions, features); torch's pooling wants the features first."""

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(x.transpose(1, 2)).transpose(1, 2)


def require_sequence(layer: LayerSpec, shape: Shape) -> tuple[int, int]:
    """(steps, features of each). Raises ShapeError where no sequence of numbers arrives."""
    require_numbers(layer, shape)
    if shape.axes != ("time", "features"):
        raise layer.misfit(SEQUENCE, shape, "Put a Reshape layer before it.")
    return shape.sizes[0], shape.sizes[1]


def slide_over_time(layer: LayerSpec, shape: Shape, kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> int:
    """Positions of a window of `kernel` steps, `dilation` apart, that moves by `stride` steps; `padding` zeros at either end.

    Raises:
        ShapeError: not a sequence of numbers, or one shorter than the window.
    """
    time, _ = require_sequence(layer, shape)
    padded, span = time + 2 * padding, dilation * (kernel - 1) + 1
    if span > padded:
        note = ", with this padding and dilation" if (padding, dilation) != (0, 1) else ""
        fix = f"The largest kernel that fits is {(padded - 1) // dilation + 1}{note}."
        raise layer.misfit(f"a sequence of at least {span - 2 * padding} steps", shape, fix)
    return (padded - span) // stride + 1
