"""Where tokens become vectors: the embedding a network is entered at when gradients are taken."""

from __future__ import annotations

import torch
from torch import nn


def entry_of(network: nn.Module, x: torch.Tensor) -> nn.Embedding | None:
    """The embedding that is fed the tokens themselves, once; None where inputs are no tokens, or nothing of the kind is there.

    Args:
        network: in evaluation.
        x: inputs (n, *shape); the first two are put through.
    """
    if x.is_floating_point():
        return None
    first, found = x[:2], list[nn.Embedding]()

    def see(module: nn.Embedding, inputs: tuple[torch.Tensor, ...]) -> None:
        if inputs[0] is first or torch.equal(inputs[0], first):
            found.append(module)

    embeddings = [module for module in network.modules() if isinstance(module, nn.Embedding)]
    handles = [module.register_forward_pre_hook(see) for module in embeddings]
    try:
        with torch.no_grad():
            network(first)
    finally:
        for handle in handles:
            handle.remove()
    return found[0] if len(found) == 1 else None
