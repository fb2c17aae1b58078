"""Moments of a sound left out."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset
from explorer.training.augmentations._warp import uniform, window


@AUGMENTATIONS.register("time_mask")
class TimeMask(AugmentationSpec):
    """Silences a stretch of time of a sound, so that no single moment is relied on.

    Source: Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition", 2019.
    """

    needs: ClassVar[str] = "pictures of sounds"

    widest: float = live(0.25, ge=0, le=0.9, description="longest stretch, as a share of the sound's length")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return data.audio

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        widths = uniform(len(x), 0, self.widest * x.shape[3], rng).round()
        mask = window(len(x), x.shape[3], widths, rng).to(x.device)
        return x.masked_fill(mask[:, None, None, :], 0)
