from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("hard_tanh")
class HardTanh(Activation):
    """Cuts every number off at -1 and 1 and leaves those between unchanged."""

    label: ClassVar[str] = "Hard tanh"
    formula: ClassVar[str] = r"\min(\max(x, -1), 1)"
    use: ClassVar[str] = "Instead of Tanh where arithmetic must be cheap. Beyond -1 and 1 it no longer learns."

    def build(self, shape: Shape) -> nn.Module:
        return nn.Hardtanh()
