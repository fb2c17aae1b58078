from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.experiment.record import live
from explorer.layers.activation import require_numbers
from explorer.results.shape import Shape


@LAYERS.register("dropout")
class Dropout(LayerSpec):
    """Sets a random share of the numbers to 0 while training, so that no unit can rely on a single other one.

    The rest are divided by 1 - p, which keeps the mean; when it is not training, everything passes unchanged.
    """

    group: ClassVar[str] = "regularisation"
    formula: ClassVar[str] = r"y = \frac{m}{1 - p}\, x,\quad m \sim \mathrm{Bernoulli}(1 - p)"
    use: ClassVar[str] = (
        "Between linear layers, at 0.2 to 0.5, in a network that does much better on training than on test data. "
        "A network that does badly on both gets worse with it."
    )

    p: float = live(0.2, title="Share dropped", ge=0, le=0.95, description="share of the numbers set to 0 in each training step")

    def output_shape(self, shape: Shape) -> Shape:
        return require_numbers(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Dropout(self.p)

    def adjust(self, module: nn.Module) -> None:
        assert isinstance(module, nn.Dropout)
        module.p = self.p
