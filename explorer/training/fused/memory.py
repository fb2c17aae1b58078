"""The memory that torch and the kernel share: flat arrays of which torch's own tensors are views."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from explorer.training.fused.codes import LANES
from explorer.training.fused.plan import RULES, Rule


class SharedMemory:
    """Weights of a network and what its optimiser remembers, each kind in one array.

    The parameters keep their identity, and `optimizer.state` holds at all times what torch itself would hold there, so
    state_dict, checkpoints, probes and the eager engine see nothing unusual.

    Attributes:
        params, grads, first, second: float32, filled up with zeros to a whole number of lanes.
        steps, products: float32, one per parameter tensor (one that is not looked at where the rule has none).
    """

    def __init__(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.network, self.optimizer = network, optimizer
        self.rule: Rule = RULES[type(optimizer)]
        self._parameters = list(network.parameters())
        length = -(-sum(p.numel() for p in self._parameters) // LANES) * LANES
        self._flat = torch.zeros(length)
        self._views = self._cut(self._flat)
        for parameter, view in zip(self._parameters, self._views, strict=True):
            view.copy_(parameter.data)
            parameter.data, parameter.grad = view, None
        self._addresses = [view.data_ptr() for view in self._views]
        self._memories = [torch.zeros(length) for _ in range(2)]
        self._counters = {"step": torch.zeros(len(self._views)), self.rule.product: torch.ones(len(self._views))}
        self._shared: list[dict[str, torch.Tensor]] = self._state_views()
        self.params, self.grads = self._flat.numpy(), np.zeros(length, np.float32)
        self.first, self.second = (memory.numpy() for memory in self._memories)
        self.steps, self.products = (counter.numpy() for counter in self._counters.values())

    def holds(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> bool:
        """Whether these still are the network and the optimiser, and their weights still lie here."""
        if network is not self.network or optimizer is not self.optimizer:
            return False
        return all(p.data_ptr() == address for p, address in zip(self._parameters, self._addresses, strict=True))

    def adopt_state(self) -> bool:
        """Let `optimizer.state` live here, taking over what is in it; what torch would begin with where it is empty.

        Returns:
            Whether it was empty: no step has been made yet.
        """
        kept, empty = self._kept(), False
        for parameter, views in zip(self._parameters, self._shared if kept else (), strict=bool(kept)):
            state = self.optimizer.state[parameter]
            empty = empty or not state
            for name in kept:
                if name not in state:
                    views[name].fill_(1.0 if name == self.rule.product else 0.0)
                elif state[name] is not views[name]:
                    views[name].copy_(state[name])
                state[name] = views[name]
        return empty

    def forget_state(self) -> None:
        """Empty `optimizer.state`, as it is before the first step."""
        self.optimizer.state.clear()

    def _kept(self) -> tuple[str, ...]:
        """What the optimiser keeps with its present settings: SGD keeps no velocity without momentum."""
        if not self.rule.counts and not self.optimizer.param_groups[0]["momentum"]:
            return ()
        return tuple(self._shared[0])

    def _state_views(self) -> list[dict[str, torch.Tensor]]:
        """Per parameter: name in `optimizer.state` -> its part of the shared arrays, in torch's order."""
        counters = [name for name in ("step" if self.rule.counts else "", self.rule.product) if name]
        memories = dict(zip(self.rule.memories, (self._cut(memory) for memory in self._memories), strict=False))
        return [
            {name: self._counters[name][k] for name in counters} | {name: memory[k] for name, memory in memories.items()}
            for k in range(len(self._views))
        ]

    def _cut(self, flat: torch.Tensor) -> list[torch.Tensor]:
        """Views with the parameters' shapes, one behind the other."""
        pieces = flat[: sum(p.numel() for p in self._parameters)].split([p.numel() for p in self._parameters])
        return [piece.view(p.shape) for piece, p in zip(pieces, self._parameters, strict=True)]
