"""Pitches of a sound left out."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset
from explorer.training.augmentations._warp import uniform, window


@AUGMENTATIONS.register("frequency_mask")
class FrequencyMask(AugmentationSpec):
    """Silences some neighbouring bands of a sound, so that no single pitch is relied on.

    Source: Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition", 2019.
    """

    needs: ClassVar[str] = "pictures of sounds"

    widest: float = live(0.25, ge=0, le=0.9, description="most bands, as a share of all")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return data.audio

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        widths = uniform(len(x), 0, self.widest * x.shape[2], rng).round()
        mask = window(len(x), x.shape[2], widths, rng).to(x.device)
        return x.masked_fill(mask[:, None, :, None], 0)
