"""What augmentation makes of one example, to be looked at before anything is trained."""

from __future__ import annotations

import numpy as np
import torch

from explorer.experiment import DataSpec
from explorer.results.dataset import Dataset


def augmented(data: DataSpec, dataset: Dataset, number: int, copies: int = 20, seed: int = 0) -> np.ndarray:
    """(copies, *input_shape): the training example as it would be fed, each time changed in another way.

    As in a batch, other training examples stand beside it, for those augmentations that mix two.
    """
    rng = torch.Generator().manual_seed(seed)
    others = torch.randint(len(dataset.train), (copies,), generator=rng)
    chosen = torch.cat([torch.full((copies,), number), others])
    x = torch.from_numpy(dataset.train.x[chosen.numpy()])
    for one in data.augment:
        x = one.change(x, rng, dataset)
    return x[:copies].numpy()
