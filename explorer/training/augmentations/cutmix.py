"""A part of another picture pasted in."""

from __future__ import annotations

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, MixingSpec
from explorer.experiment.record import live
from explorer.training.augmentations._shares import beta
from explorer.training.augmentations._warp import window


@AUGMENTATIONS.register("cutmix")
class Cutmix(MixingSpec):
    """Pastes a part of another picture over each one; both classes are asked for, each by its share of the area.

    Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", 2019.
    """

    alpha: float = live(
        1.0, gt=0, le=4, description="how even the shares are: small pastes nearly nothing or nearly all, 1 makes all alike"
    )

    def mix(self, x: torch.Tensor, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, float]:
        side = (1 - beta(self.alpha, rng)) ** 0.5
        partner = torch.randperm(len(x), generator=rng).to(x.device)
        down, across = (window(1, length, torch.tensor([round(side * length)]), rng)[0] for length in x.shape[2:])
        pasted = (down[:, None] & across[None, :]).to(x.device)
        return torch.where(pasted, x[partner], x), partner, 1 - pasted.float().mean().item()
