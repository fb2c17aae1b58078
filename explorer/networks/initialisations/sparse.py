from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import INITIALISATIONS, InitialisationSpec


@INITIALISATIONS.register("sparse")
class Sparse(InitialisationSpec):
    """Most weights exactly 0, the rest bell-shaped.

    Source: Martens, "Deep learning via Hessian-free optimization", 2010.
    """

    sparsity: float = Field(0.8, ge=0, lt=1, description="share of the weights into each unit that start at 0")
    std: float = Field(0.3, gt=0, le=10, description="standard deviation of the other weights")

    def fill(self, weight: torch.Tensor) -> None:
        nn.init.sparse_(weight.flatten(1).T, self.sparsity, self.std)
