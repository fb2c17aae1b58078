"""An input with parts of it taken away."""

from __future__ import annotations

import torch
from torch import nn

from explorer.interpret.baselines import raw_baseline, smooth_baseline
from explorer.interpret.groups import grouped
from explorer.interpret.trials.base import Case


class Hiding(nn.Module):
    """One input in which parts are replaced by what the map compares it with: (n, *shape) in, 1 where it is kept, scores (n, targets) out.

    Tokens are exchanged for maps that exchange them too; for maps that take gradients, the vectors that stand for them are.
    """

    def __init__(self, case: Case) -> None:
        super().__init__()
        subject, method = case.subject.at(case.x), case.method
        self.answer = subject.answer if method.perturbs else subject.path
        self.whole = case.x if method.perturbs else subject.smooth(case.x)
        self.nothing = _reference(case)
        self.groups = grouped(subject, 0).to(subject.x.device)
        self._piece, self._target = subject.piece, case.target

    def forward(self, kept: torch.Tensor) -> torch.Tensor:
        there = kept if kept.ndim == self.whole.ndim else kept[..., None]
        return self.answer(torch.where(there > 0.5, self.whole, self.nothing))

    def scores(self, kept: torch.Tensor) -> torch.Tensor:
        """The target's scores (n,) where whole parts are kept, bool (n, parts)."""
        with torch.no_grad():
            return torch.cat([self(part[:, self.groups].float())[:, self._target] for part in kept.split(self._piece)])


def _reference(case: Case) -> torch.Tensor:
    """What the map compares with, zeros where it compares with nothing; of several references their mean."""
    subject, method, x = case.subject, case.method, case.x
    base = method.reference(subject, x)
    if base is None:
        return raw_baseline(subject, x, "zeros") if method.perturbs else smooth_baseline(subject, x, "zeros")
    return base if len(base) == 1 else base.mean(0, keepdim=True)


def claims(case: Case, groups: torch.Tensor) -> torch.Tensor:
    """What the map says of each part, (parts,): the sum of its numbers; of their sizes, where signs do not speak for and against."""
    values = case.values[0]
    values = values if case.found.signed and not case.method.rates else values.abs()
    return torch.zeros(int(groups.max()) + 1, dtype=values.dtype, device=values.device).index_add_(0, groups.flatten(), values.flatten())
