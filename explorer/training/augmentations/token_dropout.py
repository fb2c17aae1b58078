"""Tokens replaced at random."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec
from explorer.experiment.data import DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Dataset


@AUGMENTATIONS.register("token_dropout")
class TokenDropout(AugmentationSpec):
    """Puts tokens drawn at random in the place of some, so that no single one is relied on.

    What only fills rows up stays as it is, and is put nowhere else.

    Source: Xie et al., "Data Noising as Smoothing in Neural Network Language Models", 2017, the noise they call unigram, here with all
    tokens alike.
    """

    needs: ClassVar[str] = "tokens with one class for the row, or a text"

    share: float = live(0.1, ge=0, le=0.9, description="share of the tokens that are replaced")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return data.tokens and data.problem in ("classification", "language")

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        filler = dataset.filler
        replaced = torch.rand(x.shape, generator=rng) < self.share
        others = torch.randint(len(dataset.vocabulary) - (filler >= 0), x.shape, generator=rng)
        if filler >= 0:
            others += others >= filler
        return torch.where(replaced.to(x.device) & (x != filler), others.to(x.device), x)
