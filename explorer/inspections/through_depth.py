"""How a network's depth treats what goes forward through it and what comes back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from explorer.inspections._rehearsal import in_order, like
from explorer.networks.build import INITIALISED, Network

Objective = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

FAINT = 0.01  # of the last layer's gradient: below it is called vanishing, above its inverse exploding
ALIKE = 1.5  # factor up to which two sizes are called about the same
WRITTEN_OUT = 1e6  # factors from here on are written as powers of ten
LAST = "the last one's"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Flow:
    """What one pass forward and back found, layer by layer, from the input to the output.

    Attributes:
        layers: ids of the layers with weights that join units.
        gradient: (layers,) root mean square per weight, of the mean loss.
        signal: (layers,) how far one unit's number differs between examples where it enters the next such layer: the root mean square
            over the units of the standard deviation over the examples. Of the last layer: of what it gives.
    """

    layers: list[str]
    gradient: np.ndarray
    signal: np.ndarray

    @property
    def ratio(self) -> float:
        """The first layer's gradient in units of the last one's; NaN where it cannot be told."""
        return _divided(self.gradient[0], self.gradient[-1])

    @property
    def kept(self) -> float:
        """How far examples still differ before the last layer, in units of how far after the first; NaN where it cannot be told."""
        return _divided(self.signal[-2], self.signal[0])


def joining(network: Network) -> list[tuple[str, nn.Module]]:
    """(id, module) of the layers with weights that join units, in forward order."""
    return [(layer, module) for layer, module in in_order(network) if isinstance(module, INITIALISED)]


def flow_of(network: Network, objective: Objective, x: torch.Tensor, y: torch.Tensor) -> Flow:
    """Measure a network as it is while it trains: normalised by the batch, without changing torch's random numbers.

    Args:
        network: of one's own; its running means move.
        objective: the task's, (output, x, y) -> mean loss.
        x, y: the examples, (n, ...) each.
    """
    layers = joining(network)
    entered: list[torch.Tensor] = []
    hooks = [module.register_forward_pre_hook(lambda _, given: entered.append(given[0].detach())) for _, module in layers]
    x, y = like(network, x), like(network, y)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            output = network.train()(x)
    finally:
        for hook in hooks:
            hook.remove()
    gradients = torch.autograd.grad(objective(output, x, y), [module.get_parameter("weight") for _, module in layers], allow_unused=True)
    signal = [_differing(values) for values in (*entered[1:], output.detach())]
    return Flow([layer for layer, _ in layers], np.array([_size(one) for one in gradients]), np.array(signal))


def _size(gradient: torch.Tensor | None) -> float:
    return 0.0 if gradient is None else gradient.double().square().mean().sqrt().item()


def _differing(values: torch.Tensor) -> float:
    """values: (n, ...)."""
    return values.double().flatten(1).var(0).mean().sqrt().item()


def _divided(one: float, other: float) -> float:
    return float(one / other) if other > 0 and math.isfinite(one) and math.isfinite(other) else math.nan


def beside(ratio: float, other: str = LAST) -> str:
    """A size in units of another, in words: "1/340 of the last one's", "12 times the last one's"."""
    if not math.isfinite(ratio):
        return f"nothing that can be compared with {other}"
    if ratio == 0:
        return f"0 beside {other}"
    if 1 / ALIKE <= ratio <= ALIKE:
        return f"about as large as {other}"
    return f"1/{counted_out(1 / ratio)} of {other}" if ratio < 1 else f"{counted_out(ratio)} times {other}"


def sized(value: float) -> str:
    """A size in words: "0.0333", "5.3·10⁻¹⁰"."""
    text = f"{value:.2g}"
    digits, _, power = text.partition("e")
    return f"{digits}·10{str(int(power)).translate(RAISED)}" if power else text


def counted_out(factor: float) -> str:
    """A factor above 1: "2.5", "340", "26,000", "10¹⁹"."""
    if factor >= WRITTEN_OUT:
        return f"10{str(round(math.log10(factor))).translate(RAISED)}"
    digits = max(int(math.log10(factor)) - 1, 0)
    return f"{factor:.1f}" if factor < 10 else f"{round(factor / 10**digits) * 10**digits:,}"
