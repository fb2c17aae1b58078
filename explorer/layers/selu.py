from __future__ import annotations

from typing import ClassVar

from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape


@LAYERS.register("selu")
class SELU(Activation):
    """Like ELU, scaled so that deep stacks keep mean 0 and deviation 1 by themselves."""

    label: ClassVar[str] = "SELU"
    formula: ClassVar[str] = r"1.0507\,\begin{cases} x & x > 0 \\ 1.6733\,(e^{x} - 1) & x \le 0 \end{cases}"
    use: ClassVar[str] = (
        "For deep feed-forward networks without any normalisation, with weights that start normally distributed with variance 1 / inputs. "
        "With BatchNorm it brings nothing."
    )

    def build(self, shape: Shape) -> nn.Module:
        return nn.SELU()
