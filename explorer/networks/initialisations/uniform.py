from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import INITIALISATIONS, InitialisationSpec


@INITIALISATIONS.register("uniform")
class Uniform(InitialisationSpec):
    """Evenly spread between two bounds, whatever the size of the layer."""

    bound: float = Field(0.5, gt=0, le=10, description="weights lie between minus this and plus this")

    def fill(self, weight: torch.Tensor) -> None:
        nn.init.uniform_(weight, -self.bound, self.bound)
