"""The engine that runs any network: one call of the task's step after another."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import torch

from explorer.training.state import TrainingState


class EagerEngine:
    """Plain PyTorch, step by step."""

    name = "eager"

    def __init__(self, state: TrainingState) -> None:
        self.state = state

    def run(self, batches: torch.Tensor, learning_rates: np.ndarray) -> dict[str, np.ndarray]:
        """Train one step per row of `batches`.

        Args:
            batches: int64 (steps, batch size), numbers of training examples.
            learning_rates: float (steps,).

        Returns:
            Loss name -> float32 (steps done,). Fewer than asked when a loss was not finite: that one is the last.
        """
        for network in self.state.networks.values():
            network.train()
        step, losses = self.state.experiment.task.step, defaultdict(list)
        for batch, rate in zip(batches.to(self.state.device), learning_rates.tolist(), strict=True):
            self._set_rate(rate)
            for name, loss in step(self.state, batch).items():
                losses[name].append(loss)
            if not self._finite(losses):
                break
        return {name: torch.stack(values).float().cpu().numpy() for name, values in losses.items()}

    def _set_rate(self, rate: float) -> None:
        for optimizer in self.state.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = rate

    def _finite(self, losses: dict[str, list[torch.Tensor]]) -> bool:
        """On a GPU every look at a number waits for the device: there the whole chunk is looked at by the loop."""
        return self.state.device.type != "cpu" or all(math.isfinite(values[-1].item()) for values in losses.values())
