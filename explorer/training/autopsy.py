"""Where a run left the finite numbers: which layer, at which step."""

from __future__ import annotations

import torch
from torch import nn

from explorer.training.state import TrainingState


def broken_weights(state: TrainingState) -> str:
    """Words naming the first weight that is not finite; "" when all are."""
    for role, network in state.networks.items():
        for name, parameter in network.named_parameters():
            if not parameter.isfinite().all():
                return f"the update made {_of(state, role)}{name} infinite or not a number"
    return ""


def broken_output(state: TrainingState, batch: torch.Tensor) -> str:
    """Words naming the first layer whose output on these training examples is not finite; "" when all are."""
    found: list[str] = []
    hooks = [
        module.register_forward_hook(_watcher(f"the output of {_of(state, role)}{name} became infinite or not a number", found))
        for role, network in state.networks.items()
        for name, module in network.named_modules()
        if name and not list(module.children())
    ]
    try:
        with torch.no_grad():
            for role, network in state.networks.items():
                x, _ = state.experiment.task.shapes(role, state.dataset)
                network(state.x_train[batch] if x == state.dataset.input_shape else torch.zeros(len(batch), *x.sizes, device=state.device))
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else ""


def _of(state: TrainingState, role: str) -> str:
    return f"{role}: " if len(state.networks) > 1 else ""


def _watcher(words: str, found: list[str]):
    def look(module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        if not output.isfinite().all():
            found.append(words)

    return look
