"""Noise, fresh each time."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset


@AUGMENTATIONS.register("noise")
class Noise(AugmentationSpec):
    """Adds noise that is drawn anew each time an example is seen, so that it cannot be learnt by heart.

    Source: Bishop, "Training with Noise is Equivalent to Tikhonov Regularization", 1995.
    """

    needs: ClassVar[str] = "numbers"

    deviation: float = live(0.1, ge=0, le=2, description="standard deviation of the noise, in the units in which the network is fed")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return not data.tokens

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        return x + self.deviation * torch.randn(x.shape, generator=rng).to(x.device)
