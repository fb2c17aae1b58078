"""Pictures seen in a mirror."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec, pictures
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset
from explorer.training.augmentations._warp import some


@AUGMENTATIONS.register("flip")
class Flip(AugmentationSpec):
    """Changes left and right. Right for things that have no side; wrong for letters and digits, which have."""

    needs: ClassVar[str] = "pictures with classes"

    chance: float = live(0.5, ge=0, le=1, description="share of the pictures that are flipped")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return pictures(data)

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        flipped = some(len(x), self.chance, rng).to(x.device)
        return torch.where(flipped[:, None, None, None], x.flip(3), x)
