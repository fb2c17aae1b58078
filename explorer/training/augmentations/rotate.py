"""Pictures turned a little."""

from __future__ import annotations

import math
from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec, pictures
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset
from explorer.training.augmentations._warp import uniform, warped


@AUGMENTATIONS.register("rotate")
class Rotate(AugmentationSpec):
    """Turns a picture about its middle, either way; black comes in at the corners."""

    needs: ClassVar[str] = "pictures with classes"

    most: float = live(15.0, ge=0, le=180, description="farthest it is turned, degrees; a 6 turned by 180 is a 9")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return pictures(data)

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        turn = uniform(len(x), -math.radians(self.most), math.radians(self.most), rng)
        longer = x.shape[2] / x.shape[3]  # a picture that is no square is turned, not sheared
        nothing = torch.zeros_like(turn)
        across = torch.stack([turn.cos(), -turn.sin() * longer, nothing], 1)
        down = torch.stack([turn.sin() / longer, turn.cos(), nothing], 1)
        return warped(x, torch.stack([across, down], 1))
