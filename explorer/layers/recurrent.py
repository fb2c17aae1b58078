"""What the recurrent layers share."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.shape import Shape


class RecurrentSpec(LayerSpec):
    """A layer that reads a sequence step by step and remembers."""

    group: ClassVar[str] = "recurrent"
    mixes: ClassVar[bool] = True
    edge_weights: ClassVar[bool] = False
    unit_field: ClassVar[str] = "hidden_size"

    hidden_size: int = Field(8, ge=1, le=100_000, description="units that remember, in each direction")
    bidirectional: bool = Field(
        False, description="whether a second set of units reads the sequence from its end; their outputs are put beside"
    )

    def output_shape(self, shape: Shape) -> Shape:
        time, _ = require_sequence(self, shape)
        return Shape.sequence(time, self.hidden_size * (1 + self.bidirectional))


class Recurrent(nn.Module):
    """(B, T, features) -> (B, T, hidden): what torch's recurrent module puts out at every step."""

    def __init__(self, cell: nn.RNNBase) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.cell(x)[0]

    def summed_inputs(self, x: torch.Tensor) -> torch.Tensor:
        """What the input and its bias send into every gate of the forward direction, (B, T, gates * hidden)."""
        return self._linear(x, "ih")

    def summed_memory(self, h: torch.Tensor) -> torch.Tensor:
        """What the last output (B, hidden) and its bias send into every gate of the forward direction."""
        return self._linear(h, "hh")

    def _linear(self, x: torch.Tensor, which: str) -> torch.Tensor:
        return nn.functional.linear(x, self.cell.get_parameter(f"weight_{which}_l0"), self.cell.get_parameter(f"bias_{which}_l0"))
