from __future__ import annotations

import torch
from torch import nn

from explorer.experiment.network import INITIALISATIONS, InitialisationSpec


@INITIALISATIONS.register("zeros")
class Zeros(InitialisationSpec):
    """All zero: every unit of a layer then computes and learns the same, which is why nobody starts like this."""

    def fill(self, weight: torch.Tensor) -> None:
        nn.init.zeros_(weight)
