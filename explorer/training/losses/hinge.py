"""The loss of support vector machines."""

from __future__ import annotations

from typing import ClassVar

import torch

from explorer.experiment.training import LOSSES, LossSpec


@LOSSES.register("hinge")
class Hinge(LossSpec):
    """Asks the right class to win by a margin of 1; examples that do no longer count.

    Source: Crammer & Singer, "On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines", 2001: the
    strongest wrong class counts, not the sum over all of them.
    """

    unit: ClassVar[str] = "margin per example"
    formula: ClassVar[str] = r"L = \frac{1}{B} \sum_i \max(0,\; 1 + \max_{k \ne y_i} z_{i k} - z_{i y_i})"

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """One logit per example is the lead of class 1 over class 0."""
        if output.shape[1] == 1:
            return (1 - output[:, 0] * (2 * target - 1)).relu().mean()
        right = output.gather(1, target[:, None])[:, 0]
        rival = output.scatter(1, target[:, None], -torch.inf).max(dim=1).values
        return (1 + rival - right).relu().mean()
