"""Two pictures laid over one another."""

from __future__ import annotations

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, MixingSpec
from explorer.experiment.record import live
from explorer.training.augmentations._shares import beta


@AUGMENTATIONS.register("mixup")
class Mixup(MixingSpec):
    """Lays another picture over each one, as a double exposure; both classes are asked for, each by its share.

    Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018.
    """

    alpha: float = live(0.2, gt=0, le=4, description="how even the shares are: small leaves most pictures nearly alone, 1 makes all alike")

    def mix(self, x: torch.Tensor, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, float]:
        own, partner = beta(self.alpha, rng), torch.randperm(len(x), generator=rng).to(x.device)
        return own * x + (1 - own) * x[partner], partner, own
