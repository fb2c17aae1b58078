from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import INITIALISATIONS, InitialisationSpec


@INITIALISATIONS.register("kaiming_uniform")
class KaimingUniform(InitialisationSpec):
    """Evenly spread within a bound that keeps signals of one size through ReLU layers.

    Bound: sqrt(6 / ((1 + slope^2) inputs)). Source: He et al., "Delving Deep into Rectifiers", 2015.
    """

    slope: float = Field(0.0, ge=0, le=1, description="slope below 0 of the activation that follows: 0 for ReLU, 0.01 for Leaky ReLU")

    def fill(self, weight: torch.Tensor) -> None:
        nn.init.kaiming_uniform_(weight, self.slope, nonlinearity="leaky_relu")
