from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import INITIALISATIONS, InitialisationSpec


@INITIALISATIONS.register("xavier_normal")
class XavierNormal(InitialisationSpec):
    """Bell-shaped, as wide as keeps signals of one size through Tanh and Sigmoid layers.

    Standard deviation: gain sqrt(2 / (inputs + outputs)). Source: Glorot and Bengio, "Understanding the difficulty of
    training deep feedforward neural networks", 2010.
    """

    gain: float = Field(1.0, gt=0, le=10, description="factor on every weight; 1 keeps the size of signals through linear layers")

    def fill(self, weight: torch.Tensor) -> None:
        nn.init.xavier_normal_(weight, self.gain)
