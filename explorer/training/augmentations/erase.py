"""A part of a picture blotted out."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec, pictures
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset
from explorer.training.augmentations._warp import some, window


@AUGMENTATIONS.register("erase")
class Erase(AugmentationSpec):
    """Blots out a square of a picture, wherever it lies, so that no single part of a thing is relied on.

    Source: Zhong et al., "Random Erasing Data Augmentation", 2020.
    """

    needs: ClassVar[str] = "pictures with classes"

    side: float = live(0.3, ge=0, le=0.9, description="side of the square, as a share of the picture's")
    chance: float = live(0.5, ge=0, le=1, description="share of the pictures in which one is blotted out")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return pictures(data)

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        down, across = (
            window(len(x), length, torch.full((len(x),), round(self.side * length)), rng) & chosen[:, None]
            for chosen in [some(len(x), self.chance, rng)]
            for length in x.shape[2:]
        )
        return x.masked_fill((down[:, None, :, None] & across[:, None, None, :]).to(x.device), 0)
