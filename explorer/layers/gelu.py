from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("gelu")
class GELU(Activation):
    """Weighs every number by how likely a normal draw is to be smaller; the usual choice in transformers."""

    label: ClassVar[str] = "GELU"
    formula: ClassVar[str] = r"x\,\Phi(x) = \frac{x}{2}\left(1 + \mathrm{erf}\frac{x}{\sqrt 2}\right)"
    use: ClassVar[str] = "In the middle of transformer blocks, as in BERT and GPT-2. In small networks ReLU does as well and is cheaper."

    def build(self, shape: Shape) -> nn.Module:
        return nn.GELU()
