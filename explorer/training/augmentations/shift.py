"""Pictures moved a little."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec, pictures
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset
from explorer.training.augmentations._warp import uniform, warped


@AUGMENTATIONS.register("shift")
class Shift(AugmentationSpec):
    """Moves a picture by whole pixels, up or down and left or right; black comes in from outside."""

    needs: ClassVar[str] = "pictures with classes"

    most: float = live(0.125, ge=0, le=0.5, description="farthest it is moved, as a share of the picture's side")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return pictures(data)

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        matrices = torch.eye(2, 3).repeat(len(x), 1, 1)
        for axis, side in ((0, x.shape[3]), (1, x.shape[2])):
            most = int(self.most * side)
            pixels = uniform(len(x), -most - 0.5, most + 0.5, rng).round().clamp(-most, most)
            matrices[:, axis, 2] = 2 * pixels / side
        return warped(x, matrices)
