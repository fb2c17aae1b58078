"""The order in which examples are trained on."""

from __future__ import annotations

import torch


class BatchStream:
    """An endless row of shuffled passes over `n` examples, cut into batches.

    Each example comes once in every pass. A batch may end one pass and begin the next, so every batch is full.
    """

    def __init__(self, n: int, seed: int) -> None:
        self.n = n
        self.generator = torch.Generator().manual_seed(seed)
        self.left = torch.empty(0, dtype=torch.int64)  # what the current pass has not handed out yet

    def take(self, steps: int, batch_size: int) -> torch.Tensor:
        """The next batches, int64 (steps, min(batch_size, n))."""
        size = min(batch_size, self.n)
        pieces, have = [self.left], len(self.left)
        while have < steps * size:
            pieces.append(torch.randperm(self.n, generator=self.generator))
            have += self.n
        row = torch.cat(pieces)
        self.left = row[steps * size :].clone()
        return row[: steps * size].view(steps, size)

    def state(self) -> dict[str, torch.Tensor]:
        """Copies of all that decides what comes next."""
        return {"generator": self.generator.get_state(), "left": self.left.clone()}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from where `state()` was taken."""
        self.generator.set_state(state["generator"])
        self.left = state["left"].clone()
