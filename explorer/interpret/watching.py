"""What happens inside a module during one pass: which layers are used, in which order, and how much they give."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn


@dataclass
class Watched:
    """One pass through a module.

    Attributes:
        order: names of the innermost layers, as they were first used.
        numbers: how many numbers all modules gave together.
    """

    order: dict[str, nn.Module] = field(default_factory=dict)
    numbers: int = 0


def watched(network: nn.Module, forward: Callable[[], Any]) -> Watched:
    """What happens inside `network` while `forward` runs."""
    seen = Watched()
    names = {module: name for name, module in network.named_modules() if name}

    def leave(module: nn.Module, _inputs: Any, output: Any) -> None:
        if not any(True for _ in module.children()):
            seen.order.setdefault(names[module], module)
        parts = output if isinstance(output, tuple) else (output,)
        seen.numbers += sum(part.numel() for part in parts if isinstance(part, torch.Tensor))

    with ExitStack() as stack:  # hooks also keep torch's transformers off their fast path, which calls no layer
        for module in names:
            stack.callback(module.register_forward_hook(leave).remove)
        forward()
    return seen
