from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("softsign")
class Softsign(Activation):
    """Squeezes every number between -1 and 1, more slowly than Tanh."""

    label: ClassVar[str] = "Softsign"
    formula: ClassVar[str] = r"\frac{x}{1 + |x|}"
    use: ClassVar[str] = "Where Tanh would do: its ends flatten more slowly, so that large numbers still learn a little. Rare today."

    def build(self, shape: Shape) -> nn.Module:
        return nn.Softsign()
