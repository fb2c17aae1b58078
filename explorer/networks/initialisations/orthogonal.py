from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import INITIALISATIONS, InitialisationSpec


@INITIALISATIONS.register("orthogonal")
class Orthogonal(InitialisationSpec):
    """Weights of the units at right angles to one another, so that a layer turns signals without squashing them.

    Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2013.
    """

    gain: float = Field(1.0, gt=0, le=10, description="factor on every weight; 1 keeps the size of signals through linear layers")

    def fill(self, weight: torch.Tensor) -> None:
        nn.init.orthogonal_(weight, self.gain)
