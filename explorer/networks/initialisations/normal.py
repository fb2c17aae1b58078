from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import INITIALISATIONS, InitialisationSpec


@INITIALISATIONS.register("normal")
class Normal(InitialisationSpec):
    """Bell-shaped around 0, whatever the size of the layer."""

    std: float = Field(0.1, gt=0, le=10, description="standard deviation of the weights")

    def fill(self, weight: torch.Tensor) -> None:
        nn.init.normal_(weight, std=self.std)
