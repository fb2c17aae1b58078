"""What the recurrent layers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.reach import EVERYTHING, SO_FAR, Reach
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

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (EVERYTHING if self.bidirectional else SO_FAR, EVERYTHING)


class Recurrent(nn.Module):
    """(B, T, features) -> (B, T, hidden): what torch's recurrent module puts out at every step."""

    kept_per_unit: ClassVar[int] = 1  # numbers torch keeps for the backward pass, for each unit and step; measured

    def __init__(self, cell: nn.RNNBase) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._in_one_go(x) if x.is_meta else self.cell(x)[0]

    def gates(self, x: torch.Tensor, backward: bool = False) -> dict[str, torch.Tensor]:
        """What the gates do for inputs (B, T, features): name -> (B, T, hidden); none where there are no gates.

        Args:
            backward: of the units that read the sequence from its end.
        """
        way, steps = ("l0_reverse", x.flip(1)) if backward else ("l0", x)
        found = self._gates(self._linear(steps, f"ih_{way}"), lambda h: self._linear(h, f"hh_{way}"))
        return {name: values.flip(1) if backward else values for name, values in found.items()}

    def _gates(self, inputs: torch.Tensor, remembered: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, torch.Tensor]:
        """The gates step by step.

        Args:
            inputs: what the input and its bias send into every gate, (B, T, gates * hidden).
            remembered: the same of the last output, (B, hidden) -> (B, gates * hidden).
        """
        return {}

    def _linear(self, x: torch.Tensor, which: str) -> torch.Tensor:
        return nn.functional.linear(x, self.cell.get_parameter(f"weight_{which}"), self.cell.get_parameter(f"bias_{which}"))

    def _in_one_go(self, x: torch.Tensor) -> torch.Tensor:
        """The shape, arithmetic and memory of the real pass, for an estimate: on the meta device torch would take 2 ms for every step."""
        h, outputs = x.new_zeros(*x.shape[:2], self.cell.hidden_size), []
        for direction in ("l0", "l0_reverse")[: 1 + self.cell.bidirectional]:
            sums = self._linear(x, f"ih_{direction}") + self._linear(h, f"hh_{direction}")
            kept = sums[..., : self.cell.hidden_size].repeat(1, 1, self.kept_per_unit).exp()
            outputs.append(kept[..., : self.cell.hidden_size])
        return torch.cat(outputs, 2)
