"""A part of a picture, enlarged."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec, pictures
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset
from explorer.training.augmentations._warp import uniform, warped


@AUGMENTATIONS.register("crop")
class Crop(AugmentationSpec):
    """Cuts out a part of a picture, wherever it lies, and enlarges it to the full size."""

    needs: ClassVar[str] = "pictures with classes"

    least: float = live(0.8, ge=0.2, le=1, description="smallest part that is cut out, as a share of the picture's side")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return pictures(data)

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        part = uniform(len(x), self.least, 1, rng)
        across, down = ((1 - part) * uniform(len(x), -1, 1, rng) for _ in range(2))
        nothing = torch.zeros_like(part)
        return warped(x, torch.stack([torch.stack([part, nothing, across], 1), torch.stack([nothing, part, down], 1)], 1))
